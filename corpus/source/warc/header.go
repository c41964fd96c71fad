package warc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// headBytesMax is how long the head of a record, or of the answer in it, may be.
const headBytesMax = 64 << 10

// Header holds the named fields of a head. Names are in lower case; of fields of one name the first
// counts.
type Header map[string]string

var errHead = errors.New("its head is no head")

// readLine reads a line without its end. What is longer than left is an error, so that a file
// without line ends costs no memory.
func readLine(r *bufio.Reader, left *int) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if *left -= len(part); *left < 0 {
			return "", fmt.Errorf("%w: it is longer than %d bytes", errHead, headBytesMax)
		}
		line = append(line, part...)
		if err == nil {
			return strings.TrimRight(string(line), "\r\n"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", noEOF(err)
		}
	}
}

// noEOF is an error of reading where an end is a surprise.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readHead reads the first line and the fields behind it, to the empty line.
func readHead(r *bufio.Reader) (first string, h Header, err error) {
	left := headBytesMax
	if first, err = readLine(r, &left); err != nil {
		return "", nil, err
	}
	h, last := Header{}, ""
	for {
		line, err := readLine(r, &left)
		switch {
		case err != nil:
			return "", nil, err
		case line == "":
			return first, h, nil
		case line[0] == ' ' || line[0] == '\t': // goes on from the line above
			if last != "" {
				h[last] += " " + strings.TrimSpace(line)
			}
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			last = ""
			continue
		}
		last = strings.ToLower(strings.TrimSpace(name))
		if _, had := h[last]; had {
			last = ""
			continue
		}
		h[last] = strings.TrimSpace(value)
	}
}
