package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"sluice/api"
	"sluice/internal/clock"
	"sluice/internal/vfs"
)

// cachesBytesMax is how much all stores that --in keeps may hold together before the ones that were
// not used for longest are dropped.
const cachesBytesMax = 10 << 30

// cacheIdle is how long a store must not have been used before it is dropped: another process may
// be answering from it.
const cacheIdle = time.Hour

// usedName is the file in a kept store's folder that says what it is kept for and when it was used
// last.
const usedName = "used.json"

// caches are the stores that --in keeps, one folder each, named by a hash of the path that they
// index.
type caches struct {
	root  string
	files vfs.FS
	clock clock.Clock
	max   int64
}

func newCaches(root string, c clock.Clock) *caches {
	return &caches{root: root, files: vfs.OS(root), clock: c, max: cachesBytesMax}
}

// used is the content of usedName.
type used struct {
	Path string    `json:"path"`
	Used time.Time `json:"used"`
}

// key names the store that is kept for path.
func (c *caches) key(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:8])
}

// has tells whether a store is kept for path.
func (c *caches) has(path string) bool { return c.readUsed(c.key(path)).Path == path }

// known is the name under which a store is kept for the folder at path: that name, if the folder
// has several.
func (c *caches) known(path string) string {
	dirs, err := c.files.List("")
	if err != nil || c.has(path) {
		return path
	}
	for _, d := range dirs {
		if u := c.readUsed(d.Name); u.Path != "" && sameFile(u.Path, path) {
			return u.Path
		}
	}
	return path
}

// use notes that the store for path is used now, makes room, and returns its folder's name.
func (c *caches) use(path string) (string, error) {
	key := c.key(path)
	if err := c.files.MkdirAll(key); err != nil {
		return "", err
	}
	b, err := json.Marshal(used{Path: path, Used: c.clock.Now().UTC()})
	if err != nil {
		return "", err
	}
	f, err := c.files.OpenRW(key + "/" + usedName)
	if err != nil {
		return "", err
	}
	_, err = f.WriteAt(b, 0)
	err = errors.Join(err, f.Truncate(int64(len(b))), f.Close())
	return key, errors.Join(err, c.shrink(key))
}

// entry is one kept store.
type entry struct {
	key string
	used
	bytes int64
}

// told is the entry as the contract has it.
func (e entry) told() api.Cache {
	return api.Cache{Path: filepath.FromSlash(e.Path), Bytes: e.bytes, Used: e.Used.Format(time.RFC3339)}
}

// list finds the kept stores, the one that was used last first.
func (c *caches) list() ([]entry, error) {
	dirs, err := c.files.List("")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []entry
	for _, d := range dirs {
		if !d.Dir {
			continue
		}
		e := entry{key: d.Name, used: c.readUsed(d.Name)}
		if e.bytes, err = c.size(d.Name); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Or(b.Used.Compare(a.Used), cmp.Compare(a.key, b.key)) })
	return all, nil
}

// readUsed reads a store's note; one that is missing or damaged is as old as can be.
func (c *caches) readUsed(key string) (u used) {
	f, err := c.files.Open(key + "/" + usedName)
	if err != nil {
		return u
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, configBytesMax))
	if err == nil {
		_ = json.NewDecoder(bytes.NewReader(b)).Decode(&u)
	}
	return u
}

// size adds up the files below a folder. What vanishes meanwhile counts nothing.
func (c *caches) size(dir string) (int64, error) {
	entries, err := c.files.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, e := range entries {
		n := e.Size
		if e.Dir {
			if n, err = c.size(dir + "/" + e.Name); err != nil {
				return 0, err
			}
		}
		sum += n
	}
	return sum, nil
}

// shrink drops the stores that were not used for longest until the rest is small enough. The one in
// use stays, and so does what was used a moment ago.
func (c *caches) shrink(inUse string) error {
	all, err := c.list()
	if err != nil {
		return err
	}
	var sum int64
	for _, e := range all {
		sum += e.bytes
	}
	for _, e := range slices.Backward(all) {
		if sum <= c.max {
			break
		}
		if e.key == inUse || c.clock.Now().Sub(e.Used) < cacheIdle {
			continue
		}
		if err := c.remove(e.key); err != nil {
			return err
		}
		sum -= e.bytes
	}
	return nil
}

// remove deletes a kept store.
func (c *caches) remove(dir string) error {
	entries, err := c.files.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		name := dir + "/" + e.Name
		if e.Dir {
			err = errors.Join(err, c.remove(name))
		} else if rerr := c.files.Remove(name); !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return errors.Join(err, c.files.Remove(dir))
}

// status lists the kept stores for `status`.
func (c *caches) status() ([]api.Cache, error) {
	all, err := c.list()
	out := make([]api.Cache, 0, len(all))
	for _, e := range all {
		out = append(out, e.told())
	}
	return out, err
}
