package index

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"sluice/index/blockfile"
	"sluice/internal/defence"
	"sluice/internal/vfs"
)

// A backup is a folder that holds one generation: its files by their names, in a folder files/ as
// in a store, and a manifest that is written last. A backup that is killed leaves the one before
// whole.

const (
	backupManifest = "backup"
	backupNew      = "backup.new"
	backupLock     = "lock"

	backupMagic  = "SLUICEBK"
	backupFormat = 1
	// backupHeadBytes is magic, format (4) and length (4).
	backupHeadBytes = len(backupMagic) + 4 + 4
)

// BackupOptions tells how a backup is made.
type BackupOptions struct {
	Now      time.Time
	Progress func(done, total int64) // may be nil
}

// BackupReport is what a backup did.
type BackupReport struct {
	Generation    uint64
	Files, Copied int
	Bytes         int64 // of all files
	CopiedBytes   int64
	Removed       int // files that only the backup before had
}

// backup is what stands in a backup's manifest.
type backup struct {
	Made     time.Time `json:"made"`
	Manifest []byte    `json:"manifest"` // a slot's bytes
}

// ErrNoBackup says that a folder holds no backup.
var ErrNoBackup = errors.New("there is no backup here: `sluice backup FOLDER` makes one")

// ErrForeignFolder says that a folder holds other things, among which a backup is not put.
var ErrForeignFolder = errors.New("the folder holds other things than a backup: name an empty or a new one")

// Backup copies the newest generation into a folder. What an earlier backup left there is read and
// compared, and copied anew only where it differs. Files are compared with their SHA-256 on the
// way: damage is an error, and the backup that was there stays.
func (s *Store) Backup(ctx context.Context, to vfs.FS, o BackupOptions) (*BackupReport, error) {
	sn, err := s.Snapshot(ctx) // one generation, whatever is committed meanwhile
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	if err := ownFolder(to); err != nil {
		return nil, err
	}
	if err := to.MkdirAll(filesDir); err != nil {
		return nil, err
	}
	lock, err := to.Lock(backupLock, vfs.Exclusive, s.opts.Wait, ctx)
	if errors.Is(err, vfs.ErrNoLocks) { // many a disk for backups has none; two at once are the owner's care
		lock, err = noLock{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the backup's folder: %w", err)
	}
	defer lock.Close()
	rep := &BackupReport{Generation: sn.Generation()}
	refs, _ := filesOf([]*Manifest{sn.m})
	if err := s.copyAll(ctx, to, refs, o, rep); err != nil {
		return nil, err
	}
	if err := to.SyncDir(filesDir); err != nil {
		return nil, err
	}
	if err := writeBackup(to, sn.m, o.Now); err != nil {
		return nil, err
	}
	rep.Removed, err = tidyBackup(to, refs)
	return rep, err
}

// ownFolder refuses a folder that holds anything but a backup.
func ownFolder(files vfs.FS) error {
	entries, err := files.List("")
	if errors.Is(err, fs.ErrNotExist) {
		return files.MkdirAll("")
	}
	for _, e := range entries {
		switch e.Name {
		case filesDir, backupManifest, backupNew, backupLock:
		default:
			return fmt.Errorf("%w (%q)", ErrForeignFolder, e.Name)
		}
	}
	return err
}

// copyAll brings every file into the backup's folder.
func (s *Store) copyAll(ctx context.Context, to vfs.FS, refs []blockfile.Ref, o BackupOptions, rep *BackupReport) error {
	var total int64
	for _, r := range refs {
		total += r.Size
	}
	for _, r := range refs {
		if err := ctx.Err(); err != nil {
			return err
		}
		rep.Files++
		rep.Bytes += r.Size
		if blockfile.Holds(to, filesDir, r) != nil {
			if err := blockfile.Copy(ctx, s.fs, filesDir, to, filesDir, r); err != nil {
				return err
			}
			rep.Copied++
			rep.CopiedBytes += r.Size
		}
		if o.Progress != nil {
			o.Progress(rep.Bytes, total)
		}
	}
	return nil
}

// writeBackup puts the manifest of a backup in the place of the one before.
func writeBackup(to vfs.FS, m *Manifest, now time.Time) error {
	b, err := encodeBackup(m, now)
	if err != nil {
		return err
	}
	if err := to.Remove(backupNew); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeFile(to, backupNew, b); err != nil {
		return err
	}
	if _, _, err := readBackup(to, backupNew); err != nil {
		return fmt.Errorf("what was read back of the backup's manifest is not what was written: %w", err)
	}
	if err := to.Rename(backupNew, backupManifest); err != nil {
		return err
	}
	return to.SyncDir("")
}

func encodeBackup(m *Manifest, now time.Time) ([]byte, error) {
	slot, err := m.encode()
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(backup{Made: now.UTC(), Manifest: slot})
	if err != nil {
		return nil, err
	}
	b := append([]byte(backupMagic), 0, 0, 0, 0, 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[8:], backupFormat)
	binary.LittleEndian.PutUint32(b[12:], uint32(len(payload)))
	b = append(b, payload...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...), nil
}

// readBackup reads the manifest of a backup. Every byte of the file is covered.
func readBackup(files vfs.FS, name string) (*Manifest, time.Time, error) {
	none := time.Time{}
	b, err := readSmall(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, none, ErrNoBackup
	}
	if err != nil {
		return nil, none, err
	}
	if len(b) < backupHeadBytes+sha256.Size || string(b[:len(backupMagic)]) != backupMagic {
		return nil, none, badBackup("no header")
	}
	end := len(b) - sha256.Size
	sum := sha256.Sum256(b[:end])
	if !bytes.Equal(sum[:], b[end:]) && defence.Stands(defence.BackupSum) {
		return nil, none, badBackup("checksum")
	}
	if format := binary.LittleEndian.Uint32(b[8:]); format > backupFormat {
		return nil, none, &blockfile.NewerError{File: "the backup", Format: int(format), Supported: backupFormat}
	}
	if int64(binary.LittleEndian.Uint32(b[12:])) != int64(end-backupHeadBytes) {
		return nil, none, badBackup("length")
	}
	var k backup
	if err := json.Unmarshal(b[backupHeadBytes:end], &k); err != nil {
		return nil, none, badBackup(err.Error())
	}
	m, _, err := decodeManifest(k.Manifest)
	return m, k.Made, err
}

func badBackup(what string) error {
	return fmt.Errorf("the backup's manifest is damaged (%s): %w", what, blockfile.ErrCorrupt)
}

// tidyBackup removes what only earlier backups, or killed ones, had.
func tidyBackup(to vfs.FS, refs []blockfile.Ref) (removed int, err error) {
	named := map[string]bool{}
	for _, r := range refs {
		named[r.Name()] = true
	}
	entries, err := to.List(filesDir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if e.Dir || named[e.Name] || !isStored(strings.TrimSuffix(e.Name, ".copying")) {
			continue
		}
		if err := to.Remove(filesDir + "/" + e.Name); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
