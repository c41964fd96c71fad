package secret

import (
	"bytes"
	"regexp"
	"strconv"
)

// keyBytesMax bounds how far the end of a private key is looked for.
const keyBytesMax = 64 << 10

var (
	keyBegin = regexp.MustCompile(`-{4,5} ?BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}`)
	// keyBody is what follows: line ends (as such or escaped), quotes, comments, headers, and at
	// least 40 characters of base64.
	keyBody = regexp.MustCompile(`^(?:\\[nr]|[\s"'` + "`" + `+,;|>*#/\\.]|(?:Proc-Type|DEK-Info|Comment|Version|Subject|Charset|Hash): ?[^\n\\]{0,100})*[A-Za-z0-9+/=]{40}`)
	keyEnd  = regexp.MustCompile(`-{4,5} ?END `)
)

// keyBlock is the rule for the words PRIVATE KEY. A text that only speaks of keys has no body
// behind them, and nothing of it is cut.
func keyBlock(f *finder, _ *anchor, start, end int) {
	from := max(0, start-80)
	at := keyBegin.FindIndex(f.text[from:min(len(f.text), end+16)])
	if at == nil || from+at[1] < end {
		return
	}
	body := from + at[1]
	rest := f.text[body:min(len(f.text), body+keyBytesMax)]
	first := keyBody.FindIndex(rest)
	if first == nil {
		return
	}
	if end := keyEnd.FindIndex(rest); end != nil {
		f.add(from+at[0], body, body+end[0])
		return
	}
	f.add(from+at[0], body, body+cutKey(rest))
}

// cutKey is how far a key reaches whose end is missing: to the first line that is no base64.
func cutKey(rest []byte) (n int) {
	for line := range bytes.Lines(rest) {
		if s := bytes.Trim(line, " \t\r\n\"'+,;|>*#/\\"); len(s) > 0 && bytes.ContainsFunc(s, func(r rune) bool { return r >= 0x80 || !isBase64[r] && r != ':' && r != '-' && r != '\\' }) && n > 0 {
			break
		}
		n += len(line)
	}
	return n
}

// putty is the rule for the private lines of a PuTTY key, whose number stands before them.
func putty(f *finder, _ *anchor, from, at int) {
	at = f.run(at, &isBlank)
	end := f.run(at, &isDigit)
	n, err := strconv.Atoi(string(f.text[at:min(end, at+4)]))
	if err != nil {
		return
	}
	body := bytes.IndexByte(f.text[end:], '\n') + 1
	if body == 0 {
		return
	}
	start := end + body
	stop := start
	for range n {
		_, stop = f.line(min(stop, len(f.text)))
		stop = min(stop+1, len(f.text))
	}
	if len(bytes.TrimSpace(f.text[start:stop])) >= 40 {
		f.add(from, start, stop)
	}
}

var (
	isBlank = bytesOf(" \t")
	isDigit = bytesOf(digits)
)
