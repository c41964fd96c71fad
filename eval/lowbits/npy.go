package lowbits

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// ErrNPY is a file that is not a two-dimensional array of finite little-endian float32 values in C
// order. All errors of ReadNPY wrap it.
var ErrNPY = errors.New("not a .npy file of float32 rows")

const (
	npyMagic       = "\x93NUMPY"
	npyHeaderBytes = 1 << 16 // most of a header that is read
)

// Vectors are rows of Dim values, one after the other.
type Vectors struct {
	Dim    int
	Values []float32
}

// Count is the number of rows.
func (v *Vectors) Count() int { return len(v.Values) / v.Dim }

// Rows is the rows from first up to, not including, last.
func (v *Vectors) Rows(first, last int) []float32 { return v.Values[first*v.Dim : last*v.Dim] }

// Row is one row.
func (v *Vectors) Row(i int) []float32 { return v.Rows(i, i+1) }

var npyShape = regexp.MustCompile(`'shape': *\( *(\d+) *, *(\d+) *,? *\)`)

// ReadNPY reads NumPy's array format, versions 1 to 3, of a file of size bytes; the size bounds
// what is allocated.
func ReadNPY(r io.Reader, size int64) (*Vectors, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	header, used, err := npyHeader(in)
	if err != nil {
		return nil, err
	}
	shape := npyShape.FindStringSubmatch(header)
	if shape == nil || !strings.Contains(header, "'descr': '<f4'") || !strings.Contains(header, "'fortran_order': False") {
		return nil, fmt.Errorf("%w: its header says %q", ErrNPY, header)
	}
	rows, _ := strconv.ParseInt(shape[1], 10, 64)
	dim, _ := strconv.ParseInt(shape[2], 10, 64)
	if rows < 1 || dim < 1 || dim > math.MaxInt32 || rows > math.MaxInt64/4/dim || used+4*rows*dim != size {
		return nil, fmt.Errorf("%w: %s × %s values in %d bytes", ErrNPY, shape[1], shape[2], size)
	}
	out := &Vectors{Dim: int(dim), Values: make([]float32, rows*dim)}
	return out, out.fill(in)
}

// npyHeader returns the header's text and the bytes it took.
func npyHeader(in io.Reader) (string, int64, error) {
	var head [12]byte
	if _, err := io.ReadFull(in, head[:10]); err != nil || string(head[:6]) != npyMagic {
		return "", 0, fmt.Errorf("%w: it does not begin with a NumPy header", ErrNPY)
	}
	used, length := 10, int(binary.LittleEndian.Uint16(head[8:]))
	if head[6] > 1 {
		if _, err := io.ReadFull(in, head[10:]); err != nil {
			return "", 0, fmt.Errorf("%w: header cut short", ErrNPY)
		}
		used, length = 12, int(binary.LittleEndian.Uint32(head[8:]))
	}
	if length > npyHeaderBytes {
		return "", 0, fmt.Errorf("%w: a header of %d bytes", ErrNPY, length)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(in, text); err != nil {
		return "", 0, fmt.Errorf("%w: header cut short", ErrNPY)
	}
	return string(text), int64(used + length), nil
}

func (v *Vectors) fill(in io.Reader) error {
	row := make([]byte, 4*v.Dim)
	for start := 0; start < len(v.Values); start += v.Dim {
		if _, err := io.ReadFull(in, row); err != nil {
			return fmt.Errorf("%w: row %d: %w", ErrNPY, start/v.Dim, err)
		}
		for i := range v.Dim {
			value := math.Float32frombits(binary.LittleEndian.Uint32(row[4*i:]))
			if value-value != 0 {
				return fmt.Errorf("%w: row %d has the value %v", ErrNPY, start/v.Dim, value)
			}
			v.Values[start+i] = value
		}
	}
	return nil
}
