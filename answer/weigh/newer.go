package weigh

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// moved finds "from X to Y" behind a word of change.
var moved = regexp.MustCompile(`(?i)\b(?:moved|migrated|switched|changed|converted|upgraded|went|moving|migrating|switching|wechselten|gewechselt|umgestiegen|umgezogen|migré|passés?|migramos|cambiamos)\b[^.\n]{0,40}?\b(?:from|von|de)\s+([\pL\pN_.+#-]{2,40}(?: [\pL\pN_.+#-]{1,20})?)\s+(?:to|auf|zu|nach|à|a)\s+([\pL\pN_.+#-]{2,40})`)

var replacedBy = regexp.MustCompile(`(?i)\b([\pL\pN_.+#-]{2,40})\s+(?:was|were|is|has been|have been|wurde|wurden)\s+(?:replaced|superseded|succeeded|ersetzt|abgelöst)\s+(?:by|with|durch|von)\s+([\pL\pN_.+#-]{2,40})`)

// Newer flags, of passages that stand beside each other, those that speak of what a newer one says
// has given way to something else. The flags are by place in the list.
func Newer(passages []Passage) map[int]Flag {
	out := map[int]Flag{}
	for i, p := range passages {
		for _, re := range []*regexp.Regexp{moved, replacedBy} {
			for _, m := range re.FindAllStringSubmatch(p.Text, 8) {
				old, now := strings.ToLower(strings.TrimRight(m[1], ".-")), strings.ToLower(strings.TrimRight(m[2], ".-"))
				for k, o := range passages {
					if k == i || o.Path == p.Path && o.Time.Equal(p.Time) || !earlier(o.Time, p.Time) {
						continue
					}
					if text := strings.ToLower(o.Text); names(text, old) && !names(text, now) {
						out[k] = Flag{Superseded, fmt.Sprintf("%s, which is newer, says that %s gave way to %s", p.Path, strings.TrimRight(m[1], ".-"), strings.TrimRight(m[2], ".-"))}
					}
				}
			}
		}
	}
	return out
}

// earlier tells whether one time is clearly earlier; where one of them is not known it may be.
func earlier(a, b time.Time) bool {
	return a.IsZero() || b.IsZero() || a.Before(b)
}

// names tells whether a text holds a word.
func names(text, word string) bool {
	for rest := text; ; {
		at := strings.Index(rest, word)
		if at < 0 {
			return false
		}
		end := at + len(word)
		if (at == 0 || !letter(rest[at-1])) && (end == len(rest) || !letter(rest[end])) {
			return true
		}
		rest = rest[end:]
	}
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b >= 0x80 }
