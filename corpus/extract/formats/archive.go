package formats

import (
	"archive/tar"
	"archive/zip"
	"compress/bzip2"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"golang.org/x/text/encoding/htmlindex"

	"sluice/corpus"
	"sluice/corpus/extract"
)

// archive is a kind of archives.
type archive struct {
	ending, packed string
	tar            bool
}

// toTar has the packings that are more than a compressed tar. The build full has some.
var toTar = map[string]func(ctx context.Context, f extract.File, out extract.Output) error{}

// archives are the endings of archives, and what lies behind them: a tar, a file, or, where nothing
// is packed as a whole, files that can be read one by one.
var archives = []archive{
	{".zip", "", false}, {".tar", "", true},
	{".tar.gz", "gz", true}, {".tgz", "gz", true}, {".tar.bz2", "bz2", true}, {".tbz2", "bz2", true}, {".tbz", "bz2", true},
	{".tar.xz", "xz", true}, {".txz", "xz", true}, {".tar.zst", "zst", true}, {".tzst", "zst", true},
	{".gz", "gz", false}, {".bz2", "bz2", false}, {".xz", "xz", false}, {".zst", "zst", false},
}

// IsArchive tells by its name that a file is an archive, or compressed.
func IsArchive(name string) bool { return archiveOf(name) >= 0 }

// HasTable tells that files of the archive can be read one by one. One that has none is flattened
// first.
func HasTable(name string) bool {
	i := archiveOf(name)
	return i >= 0 && archives[i].packed == ""
}

// archiveOf is the number of the kind of an archive, -1 for what is none.
func archiveOf(name string) int {
	low := strings.ToLower(path.Base(name))
	for i, a := range archives {
		if strings.HasSuffix(low, a.ending) && len(low) > len(a.ending) {
			return i
		}
	}
	return -1
}

// list tells the files of an archive, in bytewise order of path, and what in it is none that is
// read.
func list(f extract.File, out extract.Output) error {
	var all []extract.Member
	add := func(m extract.Member) { all = append(all, m) }
	each := tarMembers
	if isZip(head(f)) {
		each = zipMembers
	}
	if err := each(f, add); err != nil {
		return err
	}
	for i := range all {
		m := &all[i]
		if m.Path, m.Time = memberPath(m.Path), sensible(m.Time); m.Path == "" && m.Left == "" {
			m.Left = corpus.Unread // its name is no path in an archive
		}
	}
	slices.SortStableFunc(all, func(a, b extract.Member) int { return strings.Compare(a.Path, b.Path) })
	last := ""
	for _, m := range all {
		switch {
		case m.Left != "":
		case m.Path == last:
			m.Left = corpus.Duplicate
		default:
			last = m.Path
		}
		if err := out.Member(m); err != nil {
			return err
		}
	}
	return nil
}

// zipMembers tells what a zip archive holds, without folders.
func zipMembers(f extract.File, add func(extract.Member)) error {
	z, err := openZip(f)
	if err != nil {
		return err
	}
	packed := uint64(0)
	for _, e := range z.File {
		if packed += e.CompressedSize64; packed > uint64(f.Size) {
			return extract.Refusef("it is made to unpack to more than it holds: its files lie in each other")
		}
		if e.Flags&1 != 0 {
			return extract.ErrPassword
		}
		m := extract.Member{Path: zipName(e), Size: int64(min(e.UncompressedSize64, 1<<62)), Time: e.Modified,
			Packed: int64(e.CompressedSize64), Method: zipMethod(e.Method), Sum: e.CRC32}
		if m.At, err = e.DataOffset(); err != nil {
			m.At = -1 // it is met again when the file is read
		}
		if strings.HasSuffix(m.Path, "/") {
			continue
		}
		m.Left = leftOut(e)
		add(m)
	}
	return nil
}

// leftOut says why what is no regular file is not read.
func leftOut(e *zip.File) corpus.Reason {
	switch mode := e.Mode(); {
	case mode.IsRegular():
		return ""
	case strings.HasPrefix(mode.String(), "L"):
		return corpus.Symlink
	}
	return corpus.Special
}

const deflated = "deflate"

// zipMethod names a way in which a zip archive packs.
func zipMethod(m uint16) string {
	switch m {
	case zip.Store:
		return ""
	case zip.Deflate:
		return deflated
	}
	return fmt.Sprintf("zip %d", m)
}

// sensible is a time that a file may have.
func sensible(t time.Time) time.Time {
	if t.Year() < 1980 || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC()
}

// zipName is the name of a file in a zip archive, which says whether it is UTF-8; what is not, and
// is not ASCII, was written by a program that used the code page of its country.
func zipName(e *zip.File) string {
	name := strings.ReplaceAll(e.Name, `\`, "/")
	if !e.NonUTF8 || utf8.ValidString(name) {
		return name
	}
	for _, guess := range []string{"gb18030", "shift_jis", "euc-kr", "big5"} {
		c, err := htmlindex.Get(guess)
		if err != nil {
			continue
		}
		if s, err := c.NewDecoder().String(name); err == nil && !strings.ContainsRune(s, utf8.RuneError) {
			return s
		}
	}
	return strings.ToValidUTF8(name, "_")
}

// memberPath is where in its archive a file lies, as a path that leads nowhere else; "" for a
// folder, and for a name that leads outside.
func memberPath(name string) string {
	if name == "" || strings.HasSuffix(name, "/") || strings.ContainsAny(name, "\x00") {
		return ""
	}
	name = strings.TrimPrefix(strings.ToValidUTF8(name, "_"), "./")
	if len(name) > 1 && name[1] == ':' {
		return ""
	}
	if clean := path.Clean(name); clean != "." && clean != ".." && !strings.HasPrefix(clean, "../") && !strings.HasPrefix(clean, "/") {
		return clean
	}
	return ""
}

// holes is the Method of a file in a tar that does not hold the zeros in it.
const holes = "holes"

// tarMembers tells what a tar holds, without folders.
func tarMembers(f extract.File, add func(extract.Member)) error {
	at := io.NewSectionReader(f, 0, f.Size)
	t := tar.NewReader(at)
	for n := 0; ; n++ {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return nil
		case n > zipEntriesMax:
			return extract.Refusef("it is an archive of more than %d files", zipEntriesMax)
		case err != nil:
			if no := (*extract.Refusal)(nil); errors.As(err, &no) {
				return no
			}
			return extract.Refusef("it is damaged: it is no archive, or it breaks off: %v", err)
		}
		m := extract.Member{Path: h.Name, Size: h.Size, Time: h.ModTime, Packed: h.Size}
		switch h.Typeflag {
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
			if sparse(h) {
				m.Method = holes
			}
		case tar.TypeSymlink, tar.TypeLink:
			m.Left = corpus.Symlink
		default:
			m.Left = corpus.Special
		}
		if m.At, err = at.Seek(0, io.SeekCurrent); err != nil { // t reads no further than it must
			return err
		}
		add(m)
	}
}

// sparse tells that the bytes of a file in a tar are not all that it is.
func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}

// member gives the bytes of one file of an archive, which lie where the list said: what the archive
// holds beside it is not looked at.
func member(ctx context.Context, f extract.File, m extract.Member, out extract.Output) error {
	if m.At < 0 || m.Packed < 0 || m.Packed > f.Size-m.At {
		return errMissing
	}
	in := io.NewSectionReader(f, m.At, m.Packed)
	switch m.Method {
	case "":
		return whole(ctx, in, m, out, m.Packed)
	case deflated:
		r := flate.NewReader(in)
		defer r.Close()
		return whole(ctx, r, m, out, expands(m.Packed))
	case holes:
		return extract.Refusef("it is stored with holes (a sparse file), which is not read: pack it without them")
	}
	return extract.Refusef("it is packed in a way that is not read: %s", m.Method)
}

// whole hands on what r reads, up to most bytes, and holds it against what the archive tells.
func whole(ctx context.Context, r io.Reader, m extract.Member, out extract.Output, most int64) error {
	sum := crc32.NewIEEE()
	n := &counter{}
	if err := give(ctx, io.TeeReader(r, io.MultiWriter(sum, outputWriter{n})), out, most); err != nil {
		return err
	}
	if n.bytes != m.Size || m.Sum != 0 && m.Sum != sum.Sum32() {
		return extract.Refusef("it is damaged: it is not what its archive says of it")
	}
	return nil
}

var errMissing = extract.Refusef("the archive does not hold it any more")

// expands is how many bytes may come out of so many packed ones.
func expands(packed int64) int64 { return min(max(16<<20, 100*packed), unpackedBytesMax) }

// unpackedBytesMax is how much is unpacked of one archive.
const unpackedBytesMax = 2 << 30

// give hands on what r reads, up to most bytes.
func give(ctx context.Context, r io.Reader, out extract.Output, most int64) error {
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		if most -= int64(n); most < 0 {
			return extract.ErrExpands
		}
		if n > 0 {
			if err := errors.Join(ctx.Err(), out.Bytes(buf[:n])); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if no := (*extract.Refusal)(nil); errors.As(err, &no) {
			return no
		}
		if err != nil {
			return extract.Refusef("it is damaged: %v", err)
		}
	}
}

// flatten writes an archive that has no table as a plain tar.
func flatten(ctx context.Context, f extract.File, out extract.Output) error {
	i := archiveOf(f.Name)
	if i < 0 {
		return extract.Refusef("it is packed in a way that is not read")
	}
	a := archives[i]
	if other := toTar[a.packed]; other != nil {
		return other(ctx, f, out)
	}
	open := func() (io.Reader, error) {
		r, err := unpacker(a.packed, io.NewSectionReader(f, 0, f.Size))
		if err != nil {
			return nil, extract.Refusef("it is damaged: %v", err)
		}
		return &bounded{io.NopCloser(r), expands(f.Size)}, nil
	}
	if a.tar {
		r, err := open()
		if err != nil {
			return err
		}
		return give(ctx, r, out, unpackedBytesMax)
	}
	base := path.Base(f.Name)
	return flattenOne(ctx, base[:len(base)-len(a.ending)], open, out)
}

func unpacker(packed string, r io.Reader) (io.Reader, error) {
	switch packed {
	case "gz":
		return gzip.NewReader(r)
	case "bz2":
		return bzip2.NewReader(r), nil
	case "xz":
		return xz.ReaderConfig{DictCap: 32 << 20}.NewReader(r)
	case "zst":
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(32<<20), zstd.WithDecoderMaxWindow(16<<20))
	}
	return nil, errors.New("it is packed in a way that is not read")
}

// flattenOne makes a tar with one file of what is compressed by itself. How long that is is known
// when it was read, and a tar says so first: it is read twice.
func flattenOne(ctx context.Context, name string, open func() (io.Reader, error), out extract.Output) error {
	count := &counter{}
	r, err := open()
	if err == nil {
		err = give(ctx, r, count, unpackedBytesMax)
	}
	if err != nil {
		return err
	}
	if r, err = open(); err != nil {
		return err
	}
	t := tar.NewWriter(outputWriter{out})
	if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: count.bytes, Mode: 0o600}); err != nil {
		return err
	}
	if _, err := io.Copy(t, r); err != nil {
		return err
	}
	return t.Close()
}

// counter is an Output that counts bytes.
type counter struct {
	extract.Output
	bytes int64
}

func (c *counter) Bytes(b []byte) error { c.bytes += int64(len(b)); return nil }

// outputWriter is an Output as a writer.
type outputWriter struct{ out extract.Output }

func (w outputWriter) Write(b []byte) (int, error) { return len(b), w.out.Bytes(b) }
