// Command background counts how frequent words are in texts, and prints the table that is embedded
// in index/lexical: the common stems, each line half as frequent as the one before.
//
//	go run ./eval/background TEXT... > index/lexical/background.txt
//
// Each text is cut into passages of 1,000 bytes. Of the shares of them that hold a stem the lower
// median of all texts counts, so that what one of them is about is not taken for common.
package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"sluice/index"
)

const (
	passageBytes = 1000
	steps        = 7 // in half of all passages or more, a quarter, an eighth, ...
)

func main() {
	all := map[string][]float64{}
	for _, name := range os.Args[1:] {
		shares, err := count(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		for stem, share := range shares {
			all[stem] = append(all[stem], share)
		}
	}
	words := make([][]string, steps)
	for stem, shares := range all {
		shares = append(shares, make([]float64, len(os.Args)-1-len(shares))...)
		slices.Sort(shares)
		if step := stepOf(shares[(len(shares)-1)/2]); step < steps {
			words[step] = append(words[step], stem)
		}
	}
	for _, of := range words {
		slices.Sort(of)
		fmt.Println(strings.Join(of, " "))
	}
}

// stepOf is the step of a share.
func stepOf(share float64) (step int) {
	for share < .5 && step < steps {
		share *= 2
		step++
	}
	return step
}

// count tells of each stem of a text which share of its passages holds it.
func count(name string) (map[string]float64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	analyzer, shares := index.NewAnalyzer(), map[string]float64{}
	each := 1 / float64((len(all)+passageBytes-1)/passageBytes)
	for passage := range slices.Chunk(all, passageBytes) {
		seen := map[string]bool{}
		for _, t := range analyzer.Tokens(nil, passage) {
			if word := string(t.Stem); !t.Kind.Beside() && isWord(word) && !seen[word] {
				seen[word] = true
				shares[word] += each
			}
		}
	}
	return shares, nil
}

// isWord tells of a stem that it is letters and nothing else.
func isWord(stem string) bool {
	return len(stem) > 1 && strings.Trim(stem, "abcdefghijklmnopqrstuvwxyz'") == ""
}
