package serve

import (
	"context"

	"sluice/api"
	"sluice/index"
)

// Check reads the whole store, or one part of several, and verifies every checksum. Damage is an
// error of class Corrupt beside the response that lists it; what was only wrong once is of class
// Partly.
func (s *Service) Check(ctx context.Context, r api.CheckRequest, progress func(done, total int64)) (*api.Check, error) {
	if r.Parts != 0 && (r.Part < 1 || r.Part > r.Parts || r.Parts > partsMax) {
		return nil, Usagef("part %d of %d is none; write 1/7 to 7/7 for sevenths", r.Part, r.Parts)
	}
	rep, err := s.store.Check(ctx, index.CheckOptions{Part: r.Part, Parts: r.Parts, Progress: progress})
	if err != nil {
		return nil, err
	}
	out := &api.Check{Files: rep.Files, Blocks: rep.Blocks, Bytes: rep.Bytes, Generations: rep.Generations, Part: r.Part, Parts: r.Parts,
		Bad: []api.BadBlock{}, Unnamed: []api.Unnamed{}}
	lasting := 0
	for _, b := range rep.Bad {
		out.Bad = append(out.Bad, api.BadBlock(b))
		if !b.Once {
			lasting++
		}
	}
	for _, u := range rep.Unnamed {
		out.Unnamed = append(out.Unnamed, api.Unnamed(u))
	}
	return out, verdict(lasting, len(out.Bad)-lasting)
}

// partsMax is in how many parts a store may be checked.
const partsMax = 10_000

// verdict is the error beside a report that found something.
func verdict(lasting, once int) error {
	switch {
	case lasting > 0:
		return &Error{Corrupt, Nothingf("%s damaged; `sluice repair` makes it anew", isOrAre(lasting))}
	case once > 0:
		return Partlyf("%s wrong when first read and right when read again: the disk holds the right bytes, but the memory, "+
			"a cable or a controller of this machine is not to be trusted", isOrAre(once))
	}
	return nil
}

func isOrAre(n int) string {
	if n == 1 {
		return "1 part of the store is"
	}
	return Plural(int64(n), "part") + " of the store are"
}
