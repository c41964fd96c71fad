package index

import "slices"

// Only is the snapshot with these sources and nothing of any other: what is counted, what words are
// known and what is damaged is theirs alone. It takes the snapshot over, and closes it.
func (sn *Snapshot) Only(labels []string) *Snapshot {
	m := *sn.m
	m.Segments = slices.DeleteFunc(slices.Clone(m.Segments), func(e Entry) bool { return !slices.Contains(labels, e.Label) })
	cut := &Snapshot{newest: sn.newest, store: sn.store, degraded: slices.Clone(sn.named), lock: sn}
	cut.m = &m
	cut.refs.Store(1)
	cut.sources = slices.DeleteFunc(slices.Clone(sn.sources), func(s SourceState) bool { return !slices.Contains(labels, s.Label) })
	cut.openAll()
	return cut
}
