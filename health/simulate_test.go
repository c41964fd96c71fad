package health

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// world makes histories of machines on which nothing is wrong but what always is: devices differ by
// orders of magnitude, errors come in bursts of many sizes, faults last for hours and some for
// ever.
type world struct {
	*rand.Rand
	machines, devices, days int
	lasting                 bool // bursts may last for days
}

// gamma draws from a gamma distribution of mean 1 (Marsaglia, Tsang: A Simple Method for Generating
// Gamma Variables, 2000, section 3); a small shape is a wide spread.
func (w world) gamma(shape float64) float64 {
	if shape < 1 {
		return w.gamma(shape+1) * (shape + 1) / shape * math.Pow(w.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	for {
		x := w.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(w.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v / shape
		}
	}
}

func (w world) poisson(mean float64) (n int) {
	for limit, p := math.Exp(-min(mean, 500)), w.Float64(); p > limit; p *= w.Float64() {
		n++
	}
	return n
}

// history makes one. Devices are two a controller.
func (w world) history() *history {
	h := &history{watched: map[string][]span{}}
	end := int64(3_000_000)
	for m := range w.machines {
		machine := fmt.Sprintf("m%d", m)
		h.watched[machine] = []span{{end - int64(w.days)*dayWindows, end}}
		for d := range w.devices {
			u := &Unit{Machine: machine, Class: Memory, Device: fmt.Sprintf("mc%d/dimm%d", d/2, d), windows: map[int64]int64{}, loose: map[int64]int64{}}
			rate := 0.2 * w.gamma(0.3)      // bursts a day
			for back := range w.days + 10 { // what began before lasts into it
				for range w.poisson(rate * w.gamma(0.5)) {
					w.burst(u, end-int64(back)*dayWindows-w.Int64N(dayWindows), end)
				}
			}
			h.units = append(h.units, u)
		}
	}
	h.close()
	return h
}

// burst is one fault that is met again and again for a while.
func (w world) burst(u *Unit, at, end int64) {
	long := 1 + int64(w.ExpFloat64()*6)
	if w.lasting && w.IntN(4) == 0 {
		long = 1 + int64(w.ExpFloat64()*float64(dayWindows))
	}
	for k := range long {
		if at+k < end && w.IntN(3) > 0 {
			u.windows[at+k] += 1 + int64(math.Exp(w.NormFloat64()*2))
		}
	}
}

// atMost is a count that n trials of a chance of rate exceed once in a thousand times.
func atMost(rate float64, n int) int {
	mean := rate * float64(n)
	return int(mean + 3.1*math.Sqrt(mean*(1-rate)) + 1)
}

// TestFalseAlarms: on histories on which nothing changed, each question alarms no more often than
// the level says, whatever the rates are and however the errors clump.
func TestFalseAlarms(t *testing.T) {
	const histories = 250
	for _, lasting := range []bool{false, true} {
		for _, level := range []float64{.05, .02} {
			alarms := map[string]int{}
			for seed := range uint64(histories) {
				w := world{rand.New(rand.NewPCG(seed, 9)), 1 + int(seed%3), 8, 60 + int(seed%60), lasting}
				h := w.history()
				judged, _ := judgeDevices(h, level)
				if len(judged) > 0 && judged[0].Out {
					alarms["device"]++
				}
				if found, _ := showers(h, level); len(found) > 0 {
					alarms["shower"]++
				}
				if len(drifts(h, level)) > 0 {
					alarms["drift"]++
				}
			}
			t.Logf("lasting %v, level %.2f: %v of %d", lasting, level, alarms, histories)
			for question, n := range alarms {
				if n > atMost(level, histories) {
					t.Errorf("lasting %v: %d of %d clean histories alarm for a %s at level %.2f", lasting, n, histories, question, level)
				}
			}
		}
	}
}

// TestPlantedBadModule: a module that begins to fail is named.
func TestPlantedBadModule(t *testing.T) {
	const histories = 300
	found := 0
	for seed := range uint64(histories) {
		w := world{rand.New(rand.NewPCG(seed, 10)), 1 + int(seed%3), 8, 61, false}
		h := w.history()
		u := h.units[w.IntN(len(h.units))]
		for win := h.end - 100; win < h.end; win++ {
			if w.IntN(2) == 0 {
				u.windows[win] += 1 + int64(w.IntN(200))
			}
		}
		h = again(h)
		judged, _ := judgeDevices(h, .05)
		if judged[0].Out && judged[0].Unit.name() == u.name() {
			found++
		}
	}
	t.Logf("%d of %d", found, histories)
	if found < histories*95/100 {
		t.Errorf("%d of %d bad modules found", found, histories)
	}
}

// again adds up a history whose windows were changed.
func again(h *history) *history {
	out := &history{watched: h.watched}
	for _, u := range h.units {
		out.units = append(out.units, &Unit{Machine: u.Machine, Class: u.Class, Device: u.Device, windows: u.windows, loose: u.loose, blind: u.blind})
	}
	out.close()
	return out
}

// TestPlantedShower: a window in which several devices begin at once is found, and told from a bad
// module.
func TestPlantedShower(t *testing.T) {
	const histories = 300
	found, exact := 0, 0
	for seed := range uint64(histories) {
		w := world{rand.New(rand.NewPCG(seed, 11)), 3, 8, 30, false}
		h := w.history()
		at := h.end - 1 - w.Int64N(dayWindows)
		for i, u := range h.units {
			if i%2 == 0 && w.IntN(2) == 0 { // about half of the controllers
				u.windows[at] += 1 + int64(w.IntN(3))
			}
		}
		h = again(h)
		list, ok := showers(h, .05)
		if !ok {
			t.Fatal("too little history")
		}
		for _, s := range list {
			if start := s.Start.Unix() / windowSeconds; start <= at && at < start+int64(s.Windows) {
				found++
				if s.Machines >= 2 {
					exact++
				}
				break
			}
		}
	}
	t.Logf("%d of %d, of several machines %d", found, histories, exact)
	if found < histories*95/100 {
		t.Errorf("%d of %d showers found", found, histories)
	}
}

// TestPlantedDrift: a device that errs a little more every day is named.
func TestPlantedDrift(t *testing.T) {
	const histories = 200
	found := 0
	for seed := range uint64(histories) {
		w := world{rand.New(rand.NewPCG(seed, 12)), 1, 8, 90, false}
		h := w.history()
		u := h.units[w.IntN(len(h.units))]
		for back := range 90 {
			for range w.poisson(float64(90-back) / 8 * w.gamma(2)) {
				u.windows[h.end-int64(back)*dayWindows-1-w.Int64N(dayWindows)]++
			}
		}
		h = again(h)
		if list := drifts(h, .05); len(list) > 0 && list[0].Unit.name() == u.name() {
			found++
		}
	}
	t.Logf("%d of %d", found, histories)
	if found < histories*95/100 {
		t.Errorf("%d of %d drifts found", found, histories)
	}
}

// TestTooLittleHistory: with fewer days than the level needs, nothing is out of line, and it says
// so.
func TestTooLittleHistory(t *testing.T) {
	w := world{rand.New(rand.NewPCG(1, 13)), 2, 4, enough(.05), false}
	h := w.history()
	for win := h.end - 100; win < h.end; win++ {
		h.units[0].windows[win] += 1000
	}
	judged, short := judgeDevices(again(h), .05)
	if len(judged) != 0 || len(short) != 2 {
		t.Errorf("%d judged, too little history of %v", len(judged), short)
	}
	if enough(.05) != 19 || enough(.01) != 99 {
		t.Errorf("%d days for .05, %d for .01", enough(.05), enough(.01))
	}
}
