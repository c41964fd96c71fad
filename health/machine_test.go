package health

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// tree makes a folder of small files, as sysfs has them.
func tree(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text + "\n"), Mode: 0o444}
	}
	return out
}

// server is a machine with two memory controllers, one of which tells of modules and the other of
// rows only, as the kernel's documentation of EDAC lays them out.
func server() System {
	const mc0, mc1 = "devices/system/edac/mc/mc0/", "devices/system/edac/mc/mc1/"
	return System{
		Sys: tree(map[string]string{
			mc0 + "ce_count": "5", mc0 + "ue_count": "1", mc0 + "ce_noinfo_count": "0", mc0 + "ue_noinfo_count": "0", mc0 + "mc_name": "Skylake Socket#0 IMC#0",
			mc0 + "seconds_since_reset": "3600",
			mc0 + "dimm0/dimm_ce_count": "4", mc0 + "dimm0/dimm_ue_count": "0", mc0 + "dimm0/dimm_label": "CPU_SrcID#0_MC#0_Chan#0_DIMM#0",
			mc0 + "dimm3/dimm_ce_count": "1", mc0 + "dimm3/dimm_ue_count": "1", mc0 + "dimm3/dimm_label": "",
			mc0 + "csrow0/ce_count": "5", mc0 + "csrow0/ue_count": "1",
			mc1 + "ce_count": "7", mc1 + "ue_count": "0", mc1 + "csrow0/ce_count": "7", mc1 + "csrow0/ue_count": "0", mc1 + "csrow0/ch0_ce_count": "7",
			"devices/system/node/node0/memory_failure/total":                      "2",
			"fs/ext4/sda1/errors_count":                                           "3",
			"fs/ext4/sda1/first_error_time":                                       "1790000000",
			"fs/ext4/sda1/last_error_time":                                        "1790000600",
			"fs/ext4/features/metadata_csum_seed":                                 "supported",
			"fs/btrfs/0123abcd-0000-4000-8000-000000000000/devinfo/1/error_stats": "write_errs 0\nread_errs 2\nflush_errs 0\ncorruption_errs 9\ngeneration_errs 0",
			"block/sda/device/ioerr_cnt":                                          "0x1f",
			"block/md0/md/dev-sdb1/errors":                                        "6",
			"block/nvme0n1/size":                                                  "1000",
			"block/loop0/size":                                                    "0",
			"block/vda/size":                                                      "1000",
			"bus/pci/devices/0000:00:1c.0/aer_dev_correctable":                    "RxErr 1\nBadTLP 2\nTOTAL_ERR_COR 3",
			"bus/pci/devices/0000:00:1c.0/aer_dev_fatal":                          "Undefined 0\nTOTAL_ERR_FATAL 0",
		}),
		Proc: tree(map[string]string{
			"stat":                      "cpu  1 2 3\nbtime 1795879195\nprocesses 1",
			"sys/kernel/random/boot_id": "6d0f7a52-9a0b-4a52-8a62-1f0f1f0f1f0f",
			"interrupts":                "           CPU0       CPU1\n  0:         30          0  IO-APIC\nTHR:          4          1   Threshold APIC interrupts\nMCE:          0          1   Machine check exceptions\nMCP:         50         50   Machine check polls",
			"cpuinfo":                   "flags : fpu vme",
		}),
		Name: "linux",
	}
}

func TestEveryCounterIsRead(t *testing.T) {
	now := time.Unix(1795900000, 0)
	r := server().Read(now)
	got := map[string]int64{}
	for _, c := range r.Counters {
		got[c.key()+" "+string(c.Kind)] = c.Value
	}
	want := map[string]int64{
		"memory mc0/dimm0(CPU_SrcID#0_MC#0_Chan#0_DIMM#0) ce c": 4, "memory mc0/dimm0(CPU_SrcID#0_MC#0_Chan#0_DIMM#0) ue u": 0,
		"memory mc0/dimm3 ce c": 1, "memory mc0/dimm3 ue u": 1, "memory mc0/unknown ce c": 0, "memory mc0/unknown ue u": 0,
		"memory mc1/csrow0 ce c": 7, "memory mc1/csrow0 ue u": 0,
		"memory node0 pages-given-up u": 2, "cpu cpu machine-checks u": 1, "cpu cpu threshold c": 5,
		"bus 0000:00:1c.0 correctable c": 3, "bus 0000:00:1c.0 fatal u": 0,
		"disk ext4:sda1 errors u": 3, "disk sda failed-commands e": 31, "disk md0/sdb1 errors c": 6,
		"disk btrfs:0123abcd/1 read_errs e": 2, "disk btrfs:0123abcd/1 corruption_errs e": 9, "disk btrfs:0123abcd/1 write_errs e": 0,
		"disk btrfs:0123abcd/1 flush_errs e": 0, "disk btrfs:0123abcd/1 generation_errs e": 0,
	}
	for key, n := range want {
		if v, ok := got[key]; !ok || v != n {
			t.Errorf("%s: %d (%v), want %d", key, v, ok, n)
		}
		delete(got, key)
	}
	if len(got) != 0 {
		t.Errorf("counted beside: %v", got)
	}
	if want := time.Unix(1795900000-3600, 0); !r.Since.Equal(want) || r.Boot == "" {
		t.Errorf("since %v of %q, want %v", r.Since, r.Boot, want)
	}
	if whats := unseenOf(r); !slices.Equal(whats, []string{"disk nvme0n1", "disk vda"}) {
		t.Errorf("not seen: %v", whats)
	}
}

func unseenOf(r Reading) (whats []string) {
	for _, u := range r.Unseen {
		whats = append(whats, u.What)
	}
	return whats
}

// TestWhatCannotBeSeenIsSaid on a virtual machine, on a system that is not Linux, and where the
// user may not read.
func TestWhatCannotBeSeenIsSaid(t *testing.T) {
	guest := System{
		Sys:  tree(map[string]string{"block/vda/size": "1", "fs/ext4/vda/errors_count": "0"}),
		Proc: tree(map[string]string{"cpuinfo": "flags\t\t: fpu hypervisor lahf_lm", "interrupts": "NMI: 0", "stat": "btime 1795879195"}),
	}
	r := guest.Read(noon)
	if whats := unseenOf(r); !slices.Equal(whats, []string{"memory", "processor", "disk vda"}) || !strings.Contains(r.Unseen[0].Why, "virtual machine") {
		t.Errorf("a guest: %+v", r.Unseen)
	}
	if r := (System{Name: "windows"}).Read(noon); len(r.Unseen) != 2 || len(r.Counters) != 0 || !strings.Contains(r.Unseen[0].Why, "windows") {
		t.Errorf("windows: %+v", r)
	}
	s := server()
	s.Sys = refusing{s.Sys, "block/sda/device/ioerr_cnt"}
	r = s.Read(noon)
	i := slices.IndexFunc(r.Unseen, func(u Unseen) bool { return u.Refused })
	if i < 0 || !strings.Contains(r.Unseen[i].What, "ioerr_cnt") || !strings.Contains(r.Unseen[i].Why, "may not read") {
		t.Errorf("refused: %+v", r.Unseen)
	}
}

// refusing is a folder of which one file may not be read.
type refusing struct {
	fs.FS
	name string
}

func (r refusing) Open(name string) (fs.File, error) {
	if name == r.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return r.FS.Open(name)
}
