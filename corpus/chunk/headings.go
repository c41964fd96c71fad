package chunk

import "bytes"

func markdownTitle(text []byte) []byte { return prefixed(text, "# ") }

func rstTitle(text []byte) []byte {
	var last []byte
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, " \t\r\n")
		if len(last) > 0 && rstRule(line) && !rstRule(last) {
			return last
		}
		last = line
	}
	return nil
}

// rstRule tells whether line underlines or overlines a heading.
func rstRule(line []byte) bool {
	if len(line) < 2 || bytes.IndexByte([]byte("=-~^\"'`#*+.:_"), line[0]) < 0 {
		return false
	}
	for _, c := range line {
		if c != line[0] {
			return false
		}
	}
	return true
}
