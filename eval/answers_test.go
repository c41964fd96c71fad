package eval

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAnswerLabelsHold: the documents hold what the labels say that an answer must hold, and the
// questions are as many as docs/measured.md counts.
func TestAnswerLabelsHold(t *testing.T) {
	labelsHold(t, "answers", 60, 40)
	labelsHold(t, "again", 32, 17)
}

func labelsHold(t *testing.T, dir string, wantWith, wantWithout int) {
	t.Helper()
	sets, err := ReadAnswers(dir)
	if err != nil {
		t.Fatal(err)
	}
	with, without := 0, 0
	for _, set := range sets {
		for _, q := range set.Questions {
			if q.None != "" {
				without++
				continue
			}
			with++
			b, err := os.ReadFile(filepath.Join(set.Root, filepath.FromSlash(q.Place)))
			if err != nil {
				t.Errorf("%s, %q: %v", set.Name, q.Ask, err)
				continue
			}
			if text := spaced(string(b)); !slices.ContainsFunc(q.Fact, func(f string) bool { return strings.Contains(text, spaced(f)) }) {
				t.Errorf("%s, %q: %s holds none of %q", set.Name, q.Ask, q.Place, q.Fact)
			}
		}
	}
	if with != wantWith || without != wantWithout {
		t.Errorf("%s: %d questions with an answer, %d without", dir, with, without)
	}
}

// TestJudgeAnswers holds what an answer is worth: the fact among the first three sentences, and its
// place cited.
func TestJudgeAnswers(t *testing.T) {
	with := AnswerQuestion{Ask: "?", Place: "a.md", Fact: []string{"31 July", "in summer"}}
	without := AnswerQuestion{Ask: "?", None: "nobody knows"}
	cited := []string{"b.md", "a.md"}
	for _, c := range []struct {
		name string
		q    AnswerQuestion
		r    Reply
		want Verdict
	}{
		{"the fact", with, Reply{[]string{"It ends.", "On 31\n July it does."}, cited}, Helpful},
		{"the other wording", with, Reply{[]string{"It ends in summer."}, cited}, Helpful},
		{"another place", with, Reply{[]string{"It ends in summer."}, cited[:1]}, Wrong},
		{"another fact", with, Reply{[]string{"It ends on 30 July."}, cited}, Wrong},
		{"too late", with, Reply{[]string{"a", "b", "c", "31 July"}, cited}, Wrong},
		{"silent", with, Reply{}, Silent},
		{"rightly silent", without, Reply{}, Silent},
		{"not silent", without, Reply{[]string{"31 July"}, cited}, Wrong},
	} {
		if got := c.q.Judge(c.r); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestReadAnswersRefuses: a label that says too little is an error that names its line.
func TestReadAnswersRefuses(t *testing.T) {
	for _, line := range []string{`{"ask":"x"}`, `{"place":"a","fact":["b"]}`, `{"ask":"x","place":"a"}`, `{"ask":"x","fact":["b"]}`,
		`{"ask":"x","none":"c","place":"a","fact":["b"]}`, `no JSON`} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "one"), 0o755); err != nil {
			t.Fatal(err)
		}
		good := `{"ask":"x","none":"c"}`
		if err := os.WriteFile(filepath.Join(dir, "one", "questions.jsonl"), []byte(good+"\n"+line+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadAnswers(dir); err == nil || !strings.Contains(err.Error(), "one/questions.jsonl:2") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := ReadAnswers(t.TempDir()); err == nil {
		t.Error("a folder without questions is read")
	}
}
