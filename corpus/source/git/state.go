package git

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sluice/corpus"
)

// refBytesMax is more than a file of one ref holds.
const refBytesMax = 4 << 10

// State implements corpus.Stater: what there is hangs on the refs alone, for commits never change.
// They are looked at without git, which would take longer to start than all of this.
func (g *Git) State(ctx context.Context) (state uint64, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return 0, false, err
	}
	var b bytes.Buffer
	if _, err := os.Stat(g.repo.common); err != nil {
		return 0, false, fmt.Errorf("%w: %w", corpus.ErrRootGone, err)
	}
	fmt.Fprintf(&b, "%s\x00%s\x00", g.dir, g.rev)
	refFile(&b, filepath.Join(g.repo.gitDir, "HEAD"))
	stamp(&b, filepath.Join(g.repo.common, "packed-refs"))
	stamp(&b, filepath.Join(g.repo.common, "shallow"))
	for _, sub := range []string{"refs", "reftable"} {
		err := filepath.WalkDir(filepath.Join(g.repo.common, sub), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || d.IsDir():
			case sub == "refs":
				refFile(&b, path)
			default:
				stamp(&b, path)
			}
			return ctx.Err()
		})
		if ctx.Err() != nil {
			return 0, false, err
		}
	}
	return corpus.Digest(b.Bytes()), true, nil
}

// refFile adds what a file of one ref says.
func refFile(b *bytes.Buffer, path string) {
	text, err := os.ReadFile(path)
	if err == nil {
		fmt.Fprintf(b, "%s %s\x00", path, text[:min(len(text), refBytesMax)])
	}
}

// stamp adds when a file was changed.
func stamp(b *bytes.Buffer, path string) {
	if info, err := os.Stat(path); err == nil {
		fmt.Fprintf(b, "%s %d %d\x00", path, info.Size(), info.ModTime().UnixNano())
	}
}
