package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"path"
	"slices"
	"strings"
	"time"

	"sluice/api"
	"sluice/corpus"
	"sluice/index"
	"sluice/ingest"
	"sluice/internal/testkit"
)

// step is something that happens, with how often it does.
type step struct {
	weight int
	do     func(*world)
}

var steps = []step{
	{20, (*world).edit},
	{20, (*world).sync},
	{6, (*world).merge},
	{8, (*world).fill},
	{6, (*world).forgetPath},
	{2, (*world).forgetSource},
	{4, (*world).addSource},
	{8, (*world).flip},
	{4, (*world).jump},
	{3, (*world).loseRoot},
	{3, func(w *world) { w.note("restart"); w.restart() }},
	{12, (*world).settle},
}

// next carries out a step.
func (w *world) next() {
	all := 0
	for _, s := range steps {
		all += s.weight
	}
	at := w.rng.IntN(all)
	for _, s := range steps {
		if at -= s.weight; at < 0 {
			s.do(w)
			return
		}
	}
}

// label chooses a source; "" when there is none.
func (w *world) label() string {
	all := w.labels()
	if len(all) == 0 {
		return ""
	}
	return all[w.rng.IntN(len(all))]
}

// addSource opts a source in. That it was done is known only when the process says so; a repeated
// add is harmless.
func (w *world) addSource() {
	label := fmt.Sprintf("source%d", w.rng.IntN(4))
	if w.sources[label] == nil {
		src := testkit.NewSource(label)
		testkit.Fill(src, w.rng.Uint64N(1000), 2+w.rng.IntN(6))
		w.sources[label] = src
	}
	if w.model[label] == nil {
		w.model[label] = newAcked(label)
	}
	a := w.model[label]
	a.mayBeAsAt(w.sources[label])
	how, err := w.run("add "+label, func(p process) error {
		_, err := p.Add(context.Background(), index.SourceConfig{Label: label, Kind: "memory", Root: "memory://" + label})
		return err
	})
	w.ended(label, how, err)
}

// ended enters how a sync ended.
func (w *world) ended(label string, how ends, err error) {
	a := w.model[label]
	switch {
	case how == well:
		a.is(w.sources[label])
	case how == failed && w.damaged && isFault(err):
		w.note("sync met damage: %v", err)
	case how == failed && !w.torn && !errors.Is(err, corpus.ErrRootGone) && !errors.Is(err, ingest.ErrHalfGone):
		w.fatal("a sync without a fault failed: %v", err)
	}
}

// edit changes documents at their source.
func (w *world) edit() {
	label := w.label()
	if label == "" {
		return
	}
	src := w.sources[label]
	for range 1 + w.rng.IntN(4) {
		name := fmt.Sprintf("dir%d/doc%03d.txt", w.rng.IntN(3), w.rng.IntN(12))
		switch w.rng.IntN(4) {
		case 0:
			src.Remove(name)
		case 1: // the same text in another place
			if paths := src.Paths(); len(paths) > 0 {
				text, _ := src.Text(paths[w.rng.IntN(len(paths))])
				src.Put(name, text)
			}
		default:
			src.Put(name, fmt.Sprintf("# Note %d\n\n", w.rng.IntN(100))+testkit.Text(w.rng.Uint64(), 1+w.rng.IntN(30)))
		}
	}
	w.note("edit %s", label)
}

func (w *world) sync() {
	label := w.label()
	if label == "" {
		return
	}
	a := w.model[label]
	a.mayBeAsAt(w.sources[label])
	how, err := w.run("sync "+label, func(p process) error {
		_, err := p.Sync(context.Background(), api.SyncRequest{Source: []string{label}}, true)
		return w.known(label, err)
	})
	w.ended(label, how, err)
}

// known lets pass that a source, whose adding did not end, is not there.
func (w *world) known(label string, err error) error {
	if err != nil && !w.model[label].synced && strings.Contains(err.Error(), "no source") {
		return corpus.ErrRootGone
	}
	return err
}

func (w *world) merge() {
	how, err := w.run("merge", func(p process) error { return p.ingest.Merge(context.Background()) })
	if how == failed && !w.torn && !w.damaged {
		w.fatal("a merge without a fault failed: %v", err)
	}
}

// fill lets the model read what it has not read yet: a loss costs time and nothing else.
func (w *world) fill() {
	how, err := w.run("fill", func(p process) error {
		_, err := p.Fill(context.Background(), nil)
		return err
	})
	if how == failed && !w.torn && !w.damaged {
		w.fatal("a fill without a fault failed: %v", err)
	}
	w.counts["fill"]++
}

// forgetPath forgets a document or a folder until it is forgotten: a process that was killed is
// started again.
func (w *world) forgetPath() {
	label := w.label()
	if label == "" || w.damaged || !w.model[label].synced {
		return
	}
	a := w.model[label]
	paths := a.source.Paths()
	if len(paths) == 0 {
		return
	}
	target := paths[w.rng.IntN(len(paths))]
	if w.rng.IntN(3) == 0 {
		target = path.Dir(target) + "/"
	}
	must := map[string]bool{} // a path without a source names it in all of them
	for _, l := range w.labels() {
		for _, p := range w.model[l].paths(w.sources[l]) {
			if !index.PathNames(target, p) {
				continue
			}
			must[l] = must[l] || !w.model[l].allows(p, absent)
			w.model[l].may(p, absent)
		}
	}
	if !w.insist("forget "+target, func(p process) error {
		_, err := p.Forget(context.Background(), api.ForgetRequest{Targets: []string{target}})
		return err
	}) {
		return
	}
	w.keptOut()
	for l := range must {
		if must[l] && !slices.Contains(w.model[l].out, target) {
			w.fatal("%s of %s was forgotten and is not kept out: %q", target, l, w.model[l].out)
		}
		w.model[l].leaveOut()
	}
}

// keptOut reads which paths the sources' options keep out from now on.
func (w *world) keptOut() {
	p := w.process(w.disk)
	defer p.close()
	sources, err := p.store.Sources(context.Background())
	if err != nil {
		w.fatal("read the sources: %v", err)
	}
	for _, st := range sources {
		a := w.model[st.Label]
		if a == nil {
			w.fatal("source %s was forgotten and is in the table", st.Label)
		}
		var o options
		if len(st.Options) > 0 {
			if err := json.Unmarshal(st.Options, &o); err != nil {
				w.fatal("%v", err)
			}
		}
		a.out = o.Forgotten
	}
}

// forgetSource forgets a whole source.
func (w *world) forgetSource() {
	label := w.label()
	if label == "" || w.damaged || !w.model[label].synced {
		return
	}
	a := w.model[label]
	for _, p := range a.paths(w.sources[label]) {
		a.may(p, absent)
	}
	if w.insist("forget "+label, func(p process) error {
		_, err := p.Forget(context.Background(), api.ForgetRequest{Targets: []string{label}})
		return err
	}) {
		delete(w.model, label) // its documents stay where they are
	}
}

// insist repeats an operation until a process ends well, as a user does, and tells whether one did.
func (w *world) insist(what string, op func(process) error) bool {
	again := false
	for range 20 {
		how, err := w.run(what, op)
		if how == well {
			return true
		}
		if how == failed && !w.torn && !again {
			w.fatal("%s failed without a fault: %v", what, err)
		}
		if again && err != nil && strings.Contains(err.Error(), "is called") {
			return true // it was done before the process died
		}
		again = true
	}
	return false
}

// flip changes a bit of a file.
func (w *world) flip() {
	var names []string
	dirs := []string{"files"}
	if !w.torn { // one bad copy of a manifest at a time: what all of them lost cannot be had back
		dirs = append(dirs, "generations", "")
	}
	for _, dir := range dirs {
		entries, err := w.disk.List(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if !e.Dir && e.Size > 0 && (dir != "" || strings.HasPrefix(e.Name, "manifest.")) {
				names = append(names, path.Join(dir, e.Name))
			}
		}
	}
	if len(names) == 0 {
		return
	}
	name := names[w.rng.IntN(len(names))]
	b := slices.Clone(testkit.ReadFile(w.t, w.disk, name))
	bit := w.rng.IntN(len(b) * 8)
	b[bit/8] ^= 1 << (bit % 8)
	testkit.Overwrite(w.t, w.disk, name, b)
	w.damaged, w.torn = true, true
	w.counts["flip"]++
	w.note("bit %d of %s flips", bit, name)
}

// jump sets the clock, which nothing may depend on.
func (w *world) jump() {
	w.clock.T = w.clock.T.Add(time.Duration(w.rng.Int64N(int64(20*365*24*time.Hour))) - 10*365*24*time.Hour)
	w.counts["clock jump"]++
	w.note("the clock says %s", w.clock.T.Format(time.DateOnly))
}

// loseRoot unmounts a source for one sync, which must lose nothing.
func (w *world) loseRoot() {
	label := w.label()
	if label == "" || !w.model[label].synced {
		return
	}
	src := w.sources[label]
	src.Gone = true
	_, err := w.run("sync of an unmounted "+label, func(p process) error {
		_, err := p.Sync(context.Background(), api.SyncRequest{Source: []string{label}}, false)
		return err
	})
	src.Gone = false
	if err == nil {
		w.fatal("a sync of a source that is not there says that it is done")
	}
}

// settle lets everything that can be mended be mended, in a world in which nothing more goes wrong,
// and demands that then all is as if nothing ever had.
func (w *world) settle() {
	p := w.process(w.disk)
	defer p.close()
	if w.damaged {
		w.mend(p)
	}
	for _, label := range w.labels() {
		w.settleSource(p, label)
	}
	if rep, err := p.Fill(context.Background(), nil); err != nil || rep.Done != rep.Total {
		w.fatal("a fill in a world without faults: %+v, %v", rep, err)
	}
	w.damaged, w.torn = false, false
	w.note("settled")
	w.counts["settled"]++
	w.atRest(p)
	w.likeNew(p)
}

func (w *world) settleSource(p process, label string) {
	a := w.model[label]
	if !a.synced || a.uncertain { // its adding may not have ended
		if _, err := p.Add(context.Background(), index.SourceConfig{Label: label, Kind: "memory", Root: "memory://" + label}); err != nil {
			w.fatal("add %s in a world without faults: %v", label, err)
		}
	}
	if _, err := p.Sync(context.Background(), api.SyncRequest{Source: []string{label}}, true); err != nil {
		w.fatal("sync %s in a world without faults: %v", label, err)
	}
	a.is(w.sources[label])
}

// mend repairs, as its owner would.
func (w *world) mend(p process) {
	out, err := p.Repair(context.Background(), false, nil)
	if out == nil {
		w.fatal("repair: %v", err)
	}
	for _, r := range out.Repaired {
		w.note("repaired %+v", r)
	}
	for _, r := range out.Lost {
		w.note("lost %+v", r)
	}
	w.counts["repaired"] += len(out.Repaired)
}
