package chunk

import "bytes"

// headingTitle returns the title in the front matter of text, else its first heading.
func headingTitle(m *markup, text []byte) []byte {
	if t := frontTitle(m, text); len(t) > 0 {
		return t
	}
	s := splitters.Get().(*splitter)
	defer splitters.Put(s)
	s.reset(nil, text)
	if s.begin() {
		scanMarkup(s, m)
	}
	var t []byte
	if len(s.scopes) > 0 {
		l := s.scopes[0].label
		t = text[l.lo:l.hi]
	}
	s.reset(nil, nil)
	return t
}

// frontTitle returns the value of title: in the front matter of text.
func frontTitle(m *markup, text []byte) []byte {
	rest, ok := bytes.CutPrefix(text, []byte(frontRule))
	if !m.frontMatter || !ok {
		return nil
	}
	for line := range bytes.Lines(rest) {
		line = bytes.TrimRight(line, " \t\r\n")
		if string(line) == "---" {
			break
		}
		if v, ok := bytes.CutPrefix(line, []byte("title:")); ok {
			return bytes.Trim(v, " \t\"'")
		}
	}
	return nil
}
