package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"sluice/answer"
	"sluice/answer/check"
)

const (
	windowPassages = 20
	passageBytes   = 1000
	// A sentence that is made a case of is neither a heading nor a list.
	sentenceWordsMin, sentenceWordsMax = 8, 40
)

// kinds are what is made of a sentence; the first ones are true.
var kinds = []string{"as it stands", "without its end", "turned round", "wrong id", "wrong words", "stitched", "invented", "file changed", "wrong number", "wrong name"}

const trueKinds = 3

func main() {
	data := flag.String("data", "", "a set in BEIR form (corpus.jsonl)")
	cases := flag.Int("cases", 1000, "how many cases are made")
	seed := flag.Uint64("seed", 1, "of the cases")
	show := flag.Bool("v", false, "print the cases that went wrong")
	flag.Parse()
	passages, err := read(*data)
	if err != nil || len(passages) < 3*windowPassages {
		fmt.Fprintln(os.Stderr, "citations: --data needs a folder with a corpus.jsonl of at least 60 documents:", err)
		os.Exit(2)
	}
	m := &maker{passages: passages, rand: rand.New(rand.NewPCG(*seed, 0))}
	print(m.run(*cases, *show))
}

// read lists the beginnings of a set's documents.
func read(dir string) (passages []string, err error) {
	f, err := os.Open(filepath.Join(dir, "corpus.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var d struct{ Title, Text string }
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			return nil, err
		}
		text := strings.Join(strings.Fields(d.Text), " ")
		passages = append(passages, strings.ToValidUTF8(text[:min(len(text), passageBytes)], ""))
	}
	return passages, lines.Err()
}

type maker struct {
	passages []string
	rand     *rand.Rand
}

// matrix counts, by what was made, what was said.
type matrix map[string]map[string]int

func (m *maker) run(cases int, show bool) matrix {
	out := matrix{}
	for n := range cases {
		kind := kinds[n%len(kinds)]
		text, sources := m.some(kind)
		if text == "" { // a set without names has no wrong ones
			continue
		}
		r := check.New("", "", sources).Sentence(context.Background(), text)
		if out[kind] == nil {
			out[kind] = map[string]int{}
		}
		out[kind][r.Label]++
		if right := slices.Index(kinds, kind) < trueKinds; show && right != (r.Label == check.Supported) {
			fmt.Printf("%s: %s: %s\n\t%s\n", kind, r.Label, r.Why, text)
		}
	}
	return out
}

// some makes a case of a kind, if any passage allows it.
func (m *maker) some(kind string) (text string, sources []check.Source) {
	const triesMax = 500
	for try := 0; text == "" && try < triesMax; try++ {
		text, sources = m.make(kind)
	}
	return text, sources
}

// sentenceOf picks a sentence of a passage; "": it has none that will do.
func (m *maker) sentenceOf(text string) string {
	spans := answer.Sentences(text)
	if len(spans) < 2 {
		return ""
	}
	s := spans[m.rand.IntN(len(spans)-1)] // the last one may be cut
	one := strings.TrimRight(text[s[0]:s[1]], ".!? ")
	if n := len(strings.Fields(one)); n < sentenceWordsMin || n > sentenceWordsMax || strings.ContainsAny(one, "[]?") {
		return ""
	}
	return one
}

// make makes a case: a sentence with its citation, and the window that it is said of.
func (m *maker) make(kind string) (string, []check.Source) {
	order := m.rand.Perm(len(m.passages))
	sources := make([]check.Source, windowPassages)
	for i := range sources {
		sources[i] = check.Source{N: i + 1, Text: m.passages[order[i]]}
	}
	at := m.rand.IntN(windowPassages)
	own, other := m.sentenceOf(sources[at].Text), m.sentenceOf(m.passages[order[windowPassages]])
	if own == "" || other == "" {
		return "", nil
	}
	cite := at + 1
	switch kind {
	case "without its end":
		words := strings.Fields(own)
		own = strings.Join(words[:max(len(words)*3/4, 6)], " ")
	case "turned round":
		a, b, ok := strings.Cut(own, ", ")
		if !ok || len(strings.Fields(a)) < 3 || len(strings.Fields(b)) < 3 {
			return "", nil
		}
		own = b + ", " + a
	case "wrong id":
		cite = 1 + (at+1+m.rand.IntN(windowPassages-1))%windowPassages
	case "wrong words":
		own = m.swapWords(own, other)
	case "stitched":
		mate := m.sentenceOf(sources[(at+1)%windowPassages].Text)
		if mate == "" {
			return "", nil
		}
		a, b := strings.Fields(own), strings.Fields(mate)
		own = strings.Join(append(slices.Clone(a[:len(a)/2]), b[len(b)/2:]...), " ")
	case "invented":
		own = other
	case "file changed":
		sources[at].Refuted = "the file has changed"
	case "wrong number":
		own = m.swapNumber(own)
	case "wrong name":
		own = m.swapName(own)
	}
	if own == "" {
		return "", nil
	}
	return own + " [" + strconv.Itoa(cite) + "].", sources
}

var longWord = regexp.MustCompile(`\b[a-z]{6,}\b`)

// swapWords puts two long words of another sentence where two of this one stood.
func (m *maker) swapWords(own, other string) string {
	mine, theirs := longWord.FindAllString(own, -1), longWord.FindAllString(other, -1)
	if len(mine) < 3 || len(theirs) < 2 {
		return ""
	}
	for k := range 2 {
		if strings.Contains(own, theirs[k]) {
			return ""
		}
		own = strings.Replace(own, mine[k+m.rand.IntN(2)], theirs[k], 1)
	}
	return own
}

var number = regexp.MustCompile(`\b\d+(?:\.\d+)?\b`)

func (m *maker) swapNumber(own string) string {
	at := number.FindStringIndex(own)
	if at == nil {
		return ""
	}
	old := own[at[0]:at[1]]
	now := strconv.Itoa(11 + m.rand.IntN(80))
	if strings.Contains(own, now) || old == now {
		return ""
	}
	return own[:at[0]] + now + own[at[1]:]
}

var (
	name  = regexp.MustCompile(`[a-z,] ([A-Z][a-z]{3,})\b`)
	names = []string{"Halvorsen", "Okonkwo", "Lisbon", "Petrov", "Nakamura", "Quito", "Brandt"}
)

func (m *maker) swapName(own string) string {
	at := name.FindStringSubmatchIndex(own)
	if at == nil {
		return ""
	}
	return own[:at[2]] + names[m.rand.IntN(len(names))] + own[at[3]:]
}

func print(m matrix) {
	labels := []string{check.Supported, check.Partly, check.NotFound, check.Misattributed, ""}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "made\tsupported\tpartly\tnot_found\tmisattributed\tno claim\tright\t")
	var right, all [2]int
	for i, kind := range kinds {
		fmt.Fprintf(w, "%s\t", kind)
		sum, planted := 0, 0
		if i >= trueKinds {
			planted = 1
		}
		for _, l := range labels {
			fmt.Fprintf(w, "%d\t", m[kind][l])
			sum += m[kind][l]
		}
		good := m[kind][check.Supported]
		if planted == 1 {
			good = sum - good
		}
		right[planted] += good
		all[planted] += sum
		fmt.Fprintf(w, "%.1f %%\t\n", 100*float64(good)/float64(max(sum, 1)))
	}
	_ = w.Flush()
	fmt.Printf("true sentences doubted: %.2f %%; planted errors found: %.2f %%\n",
		100-100*float64(right[0])/float64(max(all[0], 1)), 100*float64(right[1])/float64(max(all[1], 1)))
}
