package warc

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// Capture is a page as it was fetched.
type Capture struct {
	URI    string
	Date   time.Time
	Status int
	Header Header
	Body   []byte
}

// Write writes a capture as one record, compressed by itself, so that files of records can be put
// behind each other and any record can be read by its place.
func (c *Capture) Write(w io.Writer) error {
	var block bytes.Buffer
	fmt.Fprintf(&block, "HTTP/1.1 %d %s\r\n", c.Status, "-")
	for _, name := range sortedNames(c.Header) {
		fmt.Fprintf(&block, "%s: %s\r\n", name, oneLine(c.Header[name]))
	}
	block.WriteString("\r\n")
	block.Write(c.Body)
	return writeRecord(w, "response", c.URI, c.Date, "application/http; msgtype=response", block.Bytes(), c.Body)
}

// WriteInfo writes the record with which a file begins.
func WriteInfo(w io.Writer, software string, date time.Time) error {
	block := []byte("software: " + oneLine(software) + "\r\nformat: WARC File Format 1.1\r\n")
	return writeRecord(w, "warcinfo", "", date, "application/warc-fields", block, nil)
}

// packers are kept: each holds most of a megabyte.
var packers = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

func writeRecord(w io.Writer, kind, uri string, date time.Time, contentType string, block, payload []byte) error {
	z := packers.Get().(*gzip.Writer)
	defer packers.Put(z)
	z.Reset(w)
	fmt.Fprintf(z, "WARC/1.1\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:uuid:%s>\r\nWARC-Date: %s\r\n", kind, recordID(kind, uri, date, block), date.UTC().Format(time.RFC3339))
	if uri != "" {
		fmt.Fprintf(z, "WARC-Target-URI: %s\r\n", oneLine(uri))
	}
	fmt.Fprintf(z, "WARC-Block-Digest: %s\r\n", digestOf(block))
	if payload != nil {
		fmt.Fprintf(z, "WARC-Payload-Digest: %s\r\n", digestOf(payload))
	}
	fmt.Fprintf(z, "Content-Type: %s\r\nContent-Length: %d\r\n\r\n", contentType, len(block))
	_, _ = z.Write(block)
	_, _ = z.Write([]byte("\r\n\r\n"))
	return z.Close() // says what any of them failed of
}

// recordID makes the same id of the same record, so that the same capture gives the same bytes.
func recordID(kind, uri string, date time.Time, block []byte) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%s", kind, uri, date.UnixNano(), block))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8: made by its maker's own rule
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func sortedNames(h Header) (names []string) {
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// oneLine keeps a value from beginning a line of its own.
func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }
