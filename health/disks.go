package health

import (
	"path"
	"strings"
	"time"
)

// disks reads what file systems and drivers count of disks.
func (r *reader) disks() {
	told := map[string]bool{} // disks that are told of
	r.ext4(told)
	r.btrfs()
	r.raid()
	for _, block := range r.glob("block/*") {
		name := path.Base(block)
		if strings.HasPrefix(name, "loop") || strings.HasPrefix(name, "ram") || strings.HasPrefix(name, "zram") || strings.HasPrefix(name, "dm-") || strings.HasPrefix(name, "md") {
			continue // no disks of their own
		}
		c := Counter{Class: Disk, Device: plainName(name), What: "failed-commands", Kind: Unclear}
		switch {
		case r.count(block+"/device/ioerr_cnt", c):
		case strings.HasPrefix(name, "nvme"):
			r.unseen("disk "+plainName(name), "an NVMe disk tells its errors to an administrator only (`nvme smart-log`)")
		case strings.HasPrefix(name, "vd"):
			r.unseen("disk "+plainName(name), "a virtual disk: only its host sees its errors")
		case !told[name]:
			r.unseen("disk "+plainName(name), "its driver counts no errors")
		}
	}
}

// ext4 reads how often a file system found itself damaged, and when
// (Documentation/ABI/testing/sysfs-fs-ext4). It keeps the count on the disk until fsck clears it.
func (r *reader) ext4(told map[string]bool) {
	for _, name := range r.glob("fs/ext4/*/errors_count") {
		dir := path.Dir(name)
		c := Counter{Class: Disk, Device: "ext4:" + plainName(path.Base(dir)), What: "errors", Kind: Uncorrected, Kept: true}
		c.First, c.Last = r.when(dir+"/first_error_time"), r.when(dir+"/last_error_time")
		if r.count(name, c) {
			told[path.Base(dir)] = true
		}
	}
}

// when reads a time; 0 is none.
func (r *reader) when(name string) time.Time {
	n, ok := r.number(name)
	if !ok || n < timeMin || n > r.now.Unix() {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// btrfsKinds are the counters of a device of btrfs. Which of the errors a second copy mended is not
// told.
var btrfsKinds = []string{"write_errs", "read_errs", "flush_errs", "corruption_errs", "generation_errs"}

// btrfs reads a file system's devices (Documentation/ABI/testing/sysfs-fs-btrfs).
func (r *reader) btrfs() {
	for _, name := range r.glob("fs/btrfs/*/devinfo/*/error_stats") {
		text, _ := r.text(r.Sys, name)
		dir := path.Dir(name)
		id := path.Base(path.Dir(path.Dir(dir)))
		device := "btrfs:" + id[:min(8, len(id))] + "/" + path.Base(dir)
		for _, kind := range btrfsKinds {
			if n, ok := pairs(text)[kind]; ok {
				r.out.Counters = append(r.out.Counters, Counter{Class: Disk, Device: plainName(device), What: kind, Kind: Unclear, Value: n, Kept: true})
			}
		}
	}
}

// raid reads how many errors of a member the array has corrected (Documentation/admin-guide/md).
func (r *reader) raid() {
	for _, name := range r.glob("block/md*/md/dev-*/errors") {
		member := path.Base(path.Dir(name))
		array := path.Base(path.Dir(path.Dir(path.Dir(name))))
		r.count(name, Counter{Class: Disk, Device: plainName(array + "/" + strings.TrimPrefix(member, "dev-")), What: "errors", Kind: Corrected, Kept: true})
	}
}
