package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/internal/clock"
	"sluice/internal/defence"
	"sluice/internal/vfs"
)

// A generation is committed by giving a claim, which is a finished file, the generation's name.
// Everything that follows holds where locks do nothing:
//
//   - A claim is created by one process only, and its name is never used again.
//   - Who has created one looks for others. The greater one removes the lesser, the lesser gives
//     up: of two, at least one sees the other. Then it looks whether its parent still is the newest
//     generation.
//   - To remove a claim and to rename it exclude each other, because a name can be taken away once.
//     So a claim that was given up for another can no longer become a generation.
//
// So of all who would follow one parent at most one does, however slow it is and whenever it dies:
// generations are one chain. Time decides nothing; patience only spares a slower one its second
// try.

const claimPrefix = "claim-"

// claim is a generation's number that a process means to use.
type claim struct {
	number uint64
	nonce  string
}

func (c claim) name() string {
	return fmt.Sprintf("%s/%s%d-%s", generationsDir, claimPrefix, c.number, c.nonce)
}

// compare orders claims: of two the greater goes on.
func (c claim) compare(o claim) int {
	return cmp.Or(cmp.Compare(c.number, o.number), cmp.Compare(c.nonce, o.nonce))
}

// errOvertaken says that another process committed or claims a generation: what was meant to follow
// the one before is to be prepared again.
var errOvertaken = errors.New("another process changes the store at the same time")

// ErrContended says that other processes were faster each time.
var ErrContended = errors.New("other processes change the store all the time: try again when they are done")

// listClaims lists the claims that stand.
func listClaims(files vfs.FS) (all []claim, err error) {
	entries, err := files.List(generationsDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name, claimPrefix)
		number, nonce, _ := strings.Cut(rest, "-")
		if n, nerr := strconv.ParseUint(number, 10, 64); ok && nerr == nil {
			all = append(all, claim{n, nonce})
		}
	}
	return all, err
}

const (
	patiencePollMin = time.Millisecond
	// How often a claim of somebody else is looked at before it is removed. Where a lock is held
	// its owner is dead, unless the lock does nothing and nobody can tell.
	patienceLocked  = 3
	patienceNoLocks = 9 // half a second
)

// awaitClaims gives the owners of other claims the time to finish, and removes those that stay.
func (s *Store) awaitClaims(ctx context.Context, parent parentOf) error {
	tries := patienceLocked
	if s.opts.NoLock {
		tries = patienceNoLocks
	}
	for pause := patiencePollMin; ; pause *= 2 {
		claims, err := listClaims(s.fs)
		if err != nil {
			return err
		}
		if len(claims) == 0 {
			return nil
		}
		if tries--; tries < 0 {
			return s.void(claims)
		}
		if err := clock.Sleep(ctx, pause); err != nil {
			return err
		}
		if err := s.stillNewest(parent); err != nil {
			return err
		}
	}
}

// void removes claims, so that they cannot become generations. One that is gone already was faster
// or gave up: both are looked for again.
func (s *Store) void(claims []claim) error {
	for _, c := range claims {
		if err := s.fs.Remove(c.name()); errors.Is(err, fs.ErrNotExist) {
			return errOvertaken
		} else if err != nil {
			return fmt.Errorf("remove a claim that another process left: %w", err)
		}
	}
	return nil
}

// parentOf is the generation that a commit follows: its number and the hash of its bytes.
type parentOf struct {
	generation uint64
	hash       string
}

// stillNewest fails with errOvertaken unless parent is the newest generation.
func (s *Store) stillNewest(parent parentOf) error {
	m, hash, err := readManifest(s.fs)
	if errors.Is(err, ErrNoStore) || errors.Is(err, ErrOlder) || errors.Is(err, ErrCorrupt) && parent.hash == "" {
		m, hash, err = &Manifest{Generation: parent.generation}, "", nil
	}
	if err != nil {
		return err
	}
	if (m.Generation != parent.generation || hash != parent.hash) && defence.Stands(defence.CommitCAS) {
		return errOvertaken
	}
	return nil
}

// claim makes a claim on the generation after parent.
func (s *Store) claim(ctx context.Context, parent parentOf) (c claim, f vfs.File, err error) {
	if err := s.fs.MkdirAll(generationsDir); err != nil {
		return c, nil, err
	}
	if err := s.awaitClaims(ctx, parent); err != nil {
		return c, nil, err
	}
	next, err := s.nextGeneration(parent.generation)
	if err != nil {
		return c, nil, err
	}
	c = claim{next, vfs.Nonce()}
	if f, err = s.fs.Create(c.name()); err != nil {
		return c, nil, fmt.Errorf("claim generation %d: %w", next, err)
	}
	if err := s.alone(c, parent); err != nil {
		_ = f.Close()
		s.unclaim(c)
		return c, nil, err
	}
	return c, f, nil
}

// alone settles with other claims and then looks whether parent is the newest generation. In this
// order: a claim that becomes a generation during the first look is seen by the second.
func (s *Store) alone(c claim, parent parentOf) error {
	claims, err := listClaims(s.fs)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(claims, func(o claim) bool { return o == c })
	if slices.ContainsFunc(others, func(o claim) bool { return o.compare(c) > 0 }) && defence.Stands(defence.ClaimExclusive) {
		return errOvertaken
	}
	if defence.Stands(defence.ClaimExclusive) {
		if err := s.void(others); err != nil {
			return err
		}
	}
	return s.stillNewest(parent)
}

// unclaim gives a claim up. One that cannot be removed is removed by the next commit.
func (s *Store) unclaim(c claim) { _ = s.fs.Remove(c.name()) }
