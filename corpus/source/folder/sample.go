package folder

import (
	"context"
	"encoding/binary"
	"io"

	"sluice/corpus"
)

const (
	sampleBlock  = 4 << 10
	sampleBlocks = 8 // so that a change shows, unless it is small in a large file
)

var _ corpus.Sampler = (*Folder)(nil)

// Sample implements corpus.Sampler: it reads blocks from the start of the file to its end.
func (f *Folder) Sample(ctx context.Context, path string) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	c := f.takeChain()
	defer f.giveChain(c)
	name, it, err := f.find(c, path)
	if err != nil {
		return 0, err
	}
	file, info, err := c.last().openFile(name, it.info)
	if err != nil {
		return 0, f.missing(path, err)
	}
	defer file.Close()
	sample := binary.LittleEndian.AppendUint64(make([]byte, 0, 8+sampleBlocks*sampleBlock), uint64(info.Size()))
	last := max(0, info.Size()-sampleBlock)
	for i := range int64(sampleBlocks) {
		at := last * i / (sampleBlocks - 1)
		n := len(sample)
		got, err := file.ReadAt(sample[n:n+sampleBlock], at)
		sample = sample[:n+got]
		if err != nil && err != io.EOF {
			return 0, err
		}
		if at == last {
			break
		}
	}
	return corpus.Digest(sample), nil
}
