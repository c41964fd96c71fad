package health

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// System is what the machine tells of itself: the folders that Linux calls /sys and /proc. Nil
// folders are a system that has none.
type System struct {
	Sys, Proc fs.FS
	Name      string // of the operating system
}

// Counter is how many errors a device has told of so far.
type Counter struct {
	Class        Class
	Device, What string
	Kind         Kind
	Value        int64
	// Kept counters survive a restart of the machine; the others begin again at 0.
	Kept bool
	// First and Last are the times of the first and the newest error, where the device keeps them.
	First, Last time.Time
}

func (c Counter) key() string { return string(c.Class) + " " + c.Device + " " + c.What }

// Unseen is something that errs and does not tell.
type Unseen struct {
	What, Why string
	// Refused says that it is there and that this user may not read it, or that it cannot be read:
	// what should be seen is not.
	Refused bool
}

// Reading is one look at all counters.
type Reading struct {
	Counters []Counter
	Unseen   []Unseen
	Boot     string    // names this run of the machine; "" when unknown
	Since    time.Time // since when the counters that a restart clears count
}

// Followed names what counts errors.
func (r Reading) Followed() []string {
	names := []string{}
	for _, c := range r.Counters {
		if name := string(c.Class) + " " + c.Device; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// reader collects a reading.
type reader struct {
	System
	now time.Time
	out Reading
}

// Read looks at everything that this machine counts. It needs no rights.
func (s System) Read(now time.Time) Reading {
	r := &reader{System: s, now: now}
	if s.Sys == nil || s.Proc == nil {
		r.unseen("memory", "on "+cmp.Or(s.Name, "this system")+" the errors that the hardware counts are not read; the canary pages and the store's own checksums are")
		r.unseen("disks", "as memory")
		return r.out
	}
	r.boot()
	r.memory()
	r.processor()
	r.bus()
	r.disks()
	slices.SortFunc(r.out.Counters, func(a, b Counter) int { return strings.Compare(a.key(), b.key()) })
	return r.out
}

func (r *reader) unseen(what, why string) {
	r.out.Unseen = append(r.out.Unseen, Unseen{What: what, Why: why})
}

// fileBytesMax bounds what is read of one file.
const fileBytesMax = 1 << 20

// text reads a small file. What is there and cannot be read is told.
func (r *reader) text(from fs.FS, name string) (string, bool) {
	b, err := readSmall(from, name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.out.Unseen = append(r.out.Unseen, Unseen{What: plainName(name), Why: why(err), Refused: true})
		}
		return "", false
	}
	return strings.TrimSpace(string(b)), true
}

func why(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "this user may not read it: run `sluice health` once as one who may"
	}
	return "it cannot be read: " + err.Error()
}

func readSmall(from fs.FS, name string) ([]byte, error) {
	f, err := from.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, 0, 4<<10)
	for len(b) < fileBytesMax {
		b = slices.Grow(b, 4<<10)
		n, err := f.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil || n == 0 {
			break
		}
	}
	return b, nil
}

// number reads a file that holds one number.
func (r *reader) number(name string) (int64, bool) {
	text, ok := r.text(r.Sys, name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 0, 64)
	return max(n, 0), err == nil
}

// count enters the counter in a file.
func (r *reader) count(name string, c Counter) bool {
	n, ok := r.number(name)
	if ok {
		c.Value = n
		r.out.Counters = append(r.out.Counters, c)
	}
	return ok
}

// glob lists what matches, in order; sub-folders of devices are links, which glob follows.
func (r *reader) glob(pattern string) []string {
	found, _ := fs.Glob(r.Sys, pattern)
	slices.Sort(found)
	return found
}

// boot tells one run of the machine from the next.
func (r *reader) boot() {
	r.out.Boot, _ = r.text(r.Proc, "sys/kernel/random/boot_id")
	r.out.Boot = strings.ReplaceAll(plainName(r.out.Boot), "-", "")
	stat, _ := r.text(r.Proc, "stat")
	for line := range strings.Lines(stat) {
		if at, ok := strings.CutPrefix(line, "btime "); ok {
			if n, err := strconv.ParseInt(strings.TrimSpace(at), 10, 64); err == nil && n >= timeMin {
				r.out.Since = time.Unix(n, 0).UTC()
			}
		}
	}
}

// virtual tells whether this is a virtual machine, whose memory errors only its host sees.
func (r *reader) virtual() bool {
	info, _ := r.text(r.Proc, "cpuinfo")
	return strings.Contains(info, " hypervisor")
}

// memory reads the kernel's error detection and correction (Documentation/admin-guide/RAS, and
// Documentation/ABI/testing/sysfs-devices-edac), and the pages that it took out of use.
func (r *reader) memory() {
	controllers := r.glob("devices/system/edac/mc/mc[0-9]*")
	for _, mc := range controllers {
		r.controller(mc)
	}
	if len(controllers) == 0 {
		why := "no memory controller reports to the kernel (EDAC): the memory corrects nothing, or its driver is not loaded"
		if r.virtual() {
			why = "this is a virtual machine: only its host sees the errors that the memory corrects"
		}
		r.unseen("memory", why)
	}
	for _, node := range r.glob("devices/system/node/node[0-9]*") {
		r.count(node+"/memory_failure/total", Counter{Class: Memory, Device: path.Base(node), What: "pages-given-up", Kind: Uncorrected})
	}
}

// controller reads one memory controller at the smallest part that it tells of: modules, else rows,
// else the whole. To take more than one of them would count errors twice.
func (r *reader) controller(mc string) {
	name := path.Base(mc)
	since, ok := r.number(mc + "/seconds_since_reset")
	if at := r.now.Add(-time.Duration(since) * time.Second); ok && at.After(r.out.Since) {
		r.out.Since = at.UTC()
	}
	parts, prefix := r.glob(mc+"/dimm[0-9]*"), "dimm_"
	parts = append(parts, r.glob(mc+"/rank[0-9]*")...)
	if len(parts) == 0 {
		parts, prefix = r.glob(mc+"/csrow[0-9]*"), ""
	}
	told := false
	for _, part := range parts {
		device := name + "/" + path.Base(part)
		if label, ok := r.text(r.Sys, part+"/dimm_label"); ok && label != "" {
			device += "(" + label + ")"
		}
		told = r.count(part+"/"+prefix+"ce_count", Counter{Class: Memory, Device: plainName(device), What: "ce", Kind: Corrected}) || told
		r.count(part+"/"+prefix+"ue_count", Counter{Class: Memory, Device: plainName(device), What: "ue", Kind: Uncorrected})
	}
	if !told {
		r.count(mc+"/ce_count", Counter{Class: Memory, Device: name, What: "ce", Kind: Corrected})
		r.count(mc+"/ue_count", Counter{Class: Memory, Device: name, What: "ue", Kind: Uncorrected})
		return
	}
	r.count(mc+"/ce_noinfo_count", Counter{Class: Memory, Device: name + "/unknown", What: "ce", Kind: Corrected})
	r.count(mc+"/ue_noinfo_count", Counter{Class: Memory, Device: name + "/unknown", What: "ue", Kind: Uncorrected})
}

// interrupts are the rows of /proc/interrupts that stand for errors. MCP only says that the kernel
// looked.
var interrupts = map[string]struct {
	what string
	kind Kind
}{
	"MCE:": {"machine-checks", Uncorrected},
	"THR:": {"threshold", Corrected},
	"DFR:": {"deferred", Uncorrected},
}

// processor reads how often a processor was interrupted by an error of the hardware.
func (r *reader) processor() {
	text, ok := r.text(r.Proc, "interrupts")
	seen := false
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		row, ok := interrupts[f[0]]
		if !ok {
			continue
		}
		c := Counter{Class: CPU, Device: "cpu", What: row.what, Kind: row.kind}
		for _, v := range f[1:] {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				break
			}
			c.Value += n
		}
		seen = true
		r.out.Counters = append(r.out.Counters, c)
	}
	if !seen && ok {
		r.unseen("processor", "the kernel counts no machine checks here"+map[bool]string{true: ": this is a virtual machine", false: ""}[r.virtual()])
	}
}

// bus reads the errors of PCI Express (Documentation/ABI/testing/sysfs-bus-pci-devices-aer_stats).
func (r *reader) bus() {
	for _, file := range []struct {
		name, total string
		kind        Kind
	}{
		{"aer_dev_correctable", "TOTAL_ERR_COR", Corrected},
		{"aer_dev_nonfatal", "TOTAL_ERR_NONFATAL", Uncorrected},
		{"aer_dev_fatal", "TOTAL_ERR_FATAL", Uncorrected},
	} {
		for _, name := range r.glob("bus/pci/devices/*/" + file.name) {
			c := Counter{Class: Bus, Device: plainName(path.Base(path.Dir(name))), What: strings.TrimPrefix(file.name, "aer_dev_"), Kind: file.kind}
			text, _ := r.text(r.Sys, name)
			if n, ok := pairs(text)[file.total]; ok {
				c.Value = n
				r.out.Counters = append(r.out.Counters, c)
			}
		}
	}
}

// pairs reads lines of a name and a number.
func pairs(text string) map[string]int64 {
	found := map[string]int64{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) != 2 {
			continue
		}
		if n, err := strconv.ParseInt(f[1], 0, 64); err == nil {
			found[f[0]] = max(n, 0)
		}
	}
	return found
}
