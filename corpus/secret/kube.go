package secret

import "bytes"

// manifest is the rule for the word that makes a manifest of Kubernetes a secret. Where its data
// stand, before or behind, is found out at the end.
func manifest(f *finder, a *anchor, start, end int) {
	rest := bytes.TrimLeft(f.text[end:min(len(f.text), end+16)], " :")
	if a.word[0] == '"' && !bytes.HasPrefix(rest, []byte(`"Secret"`)) || a.word[0] != '"' && len(rest) > 0 && isWord[rest[0]] && f.text[end] != ' ' {
		return
	}
	if a.word[0] != '"' && string(f.text[start:end]) != "kind: Secret" {
		return
	}
	f.kube = true
}

// manifests cuts the data of secrets, in YAML and in JSON.
func (f *finder) manifests() {
	if !f.kube {
		return
	}
	for start := 0; start < len(f.text); {
		end := len(f.text)
		if i := bytes.Index(f.text[start:], []byte("\n---")); i >= 0 {
			end = start + i + 1
		}
		if doc := f.text[start:end]; bytes.Contains(doc, []byte("kind: Secret")) && !bytes.Contains(doc, []byte("kind: SecretP")) && !bytes.Contains(doc, []byte("kind: SecretS")) {
			f.yamlData(start, end)
		} else if bytes.Contains(doc, []byte(`"Secret"`)) {
			f.jsonData(start, end)
		}
		start = end + len("---")
	}
}

// yamlData cuts the values below data: and stringData:.
func (f *finder) yamlData(start, end int) {
	within, indent := false, 0 // in data, which stands so far from the margin
	block, depth := -1, 0      // where a value of several lines begins, and how far its key is from the margin
	for at := start; at < end; {
		eol := end
		if i := bytes.IndexByte(f.text[at:end], '\n'); i >= 0 {
			eol = at + i
		}
		text := bytes.TrimLeft(f.text[at:eol], " -")
		margin := eol - at - len(text)
		empty := len(bytes.TrimSpace(text)) == 0
		if block >= 0 && !empty && margin <= depth {
			f.add(block, block, at)
			block = -1
		}
		if within && !empty && margin <= indent {
			within = false
		}
		switch key, value, ok := bytes.Cut(text, []byte(":")); {
		case block >= 0 || empty:
		case !within && (string(key) == "data" || string(key) == "stringData") && len(bytes.TrimSpace(value)) == 0:
			within, indent = true, margin
		case within && ok:
			from := eol - len(bytes.TrimLeft(value, " \t\"'"))
			to := from + len(bytes.TrimRight(f.text[from:eol], " \t\r\"'"))
			switch v := f.text[from:to]; {
			case len(v) > 0 && (v[0] == '|' || v[0] == '>'):
				block, depth = min(eol+1, end), margin
			case len(v) > 0 && !isTemplate(v):
				f.add(from, from, to)
			}
		}
		at = eol + 1
	}
	if block >= 0 {
		f.add(block, block, end)
	}
}

// isTemplate tells that a value is filled in later.
func isTemplate(v []byte) bool {
	return bytes.Contains(v, []byte("{{")) || bytes.HasPrefix(v, []byte("${")) || bytes.HasPrefix(v, []byte("$(")) || bytes.HasPrefix(v, []byte("<")) || onlyMask(v)
}

// jsonData cuts the strings in the objects "data" and "stringData".
func (f *finder) jsonData(start, end int) {
	for _, name := range []string{`"data"`, `"stringData"`} {
		for at := start; ; {
			i := bytes.Index(f.text[at:end], []byte(name))
			if i < 0 {
				break
			}
			at += i + len(name)
			open := at + len(f.text[at:end]) - len(bytes.TrimLeft(f.text[at:end], " \t\r\n:"))
			if open < end && f.text[open] == '{' {
				at = f.jsonValues(open+1, end)
			}
		}
	}
}

// jsonValues cuts the values of an object of strings and returns where it ends.
func (f *finder) jsonValues(at, end int) int {
	for n := 0; at < end && f.text[at] != '}'; at++ {
		if f.text[at] != '"' {
			continue
		}
		from := at + 1
		for at = from; at < end && f.text[at] != '"'; at++ {
			if f.text[at] == '\\' {
				at++
			}
		}
		if n++; n%2 == 0 && !isTemplate(f.text[from:min(at, end)]) {
			f.add(from, from, min(at, end))
		}
	}
	return at
}
