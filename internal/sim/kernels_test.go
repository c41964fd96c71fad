package sim

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sluice/api"
	"sluice/internal/promise"
	"sluice/quant/kernel"
)

// TestKernelsAnswerAlike: whatever instructions the processor has, the same documents give the same
// answers, scores included. Each path is tried in a process of its own, because it is chosen once.
func TestKernelsAnswerAlike(t *testing.T) {
	if os.Getenv("SLUICE_SIM_ANSWERS") != "" {
		answers(t)
		return
	}
	c := promise.For(t, 25, "answers by another kernel")
	var want []byte
	for _, path := range kernel.Available() {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestKernelsAnswerAlike$", "-test.v")
		cmd.Env = append(os.Environ(), "SLUICE_SIM_ANSWERS=1", "SLUICE_KERNEL="+path.String(), promise.Dir+"=")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", path, err, out)
		}
		got := answered(out)
		if len(got) < 1000 {
			t.Fatalf("%s answers too little to compare: %s", path, out)
		}
		c.Reached("answers by another kernel", len(questions))
		if want == nil {
			want = got
		} else if !bytes.Equal(got, want) {
			c.Missed("answers by another kernel", "%s answers:\n%s\nand %s:\n%s", path, got, kernel.Available()[0], want)
		}
	}
}

const answerMark = "answer: "

// answers prints what a store of some size answers.
func answers(t *testing.T) {
	w := newWorld(t, 5)
	w.calm = true
	for range 3 {
		w.addSource()
		w.edit()
	}
	w.settle()
	for _, q := range questions {
		out, err := w.live.Search(context.Background(), api.SearchRequest{Query: q, N: 117})
		w.live.Rest()
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range shown(out) {
			fmt.Println(answerMark + line)
		}
	}
	w.live.Close()
}

// answered keeps the answers of what a process printed.
func answered(out []byte) []byte {
	var b bytes.Buffer
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, answerMark) {
			b.WriteString(line)
		}
	}
	return b.Bytes()
}
