// Command make makes light.weights, the model that is embedded in the program:
//
//	go run ./model/light/make --deep DEEP.onnx --shallow FOLDER --card CARD.md --to NEW.weights
//	go run ./model/light/make --again OLD.weights --card CARD.md --to NEW.weights
//
// The second writes the same weights with another card.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"sluice/internal/vfs"
	"sluice/model"
	"sluice/model/light"
)

func main() {
	deep := flag.String("deep", "", "the model that reads questions, and passages once there is time")
	shallow := flag.String("shallow", "", "the one that reads passages first, of the same space")
	again := flag.String("again", "", "a file that was made before, instead of both")
	card := flag.String("card", "", "what is said of both, Markdown")
	to := flag.String("to", "", "the file to write")
	flag.Parse()
	if err := run(context.Background(), *deep, *shallow, *again, *card, *to); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, deep, shallow, again, card, to string) error {
	text, err := os.ReadFile(card)
	if err != nil {
		return err
	}
	var towers []model.Tower
	for _, one := range []struct{ name, path string }{{light.Deep, deep}, {light.Shallow, shallow}} {
		read := func() (*model.Files, error) { return round(ctx, one.name, one.path) }
		if again != "" {
			read = func() (*model.Files, error) { return taken(again, one.name) }
		}
		f, err := read()
		if err != nil {
			return err
		}
		f.Card, f.Name, f.Origin = string(text), light.Name, ""
		towers = append(towers, model.Tower{Name: one.name, Files: f})
	}
	towers[1].Config.QueryPrefix, towers[1].Config.PassagePrefix = towers[0].Config.QueryPrefix, towers[0].Config.PassagePrefix
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(out)
	err = model.WriteTowers(buffered, model.Layout{Rest: model.AsFloat16}, towers...)
	return errors.Join(err, buffered.Flush(), out.Close())
}

// round reads a model and rounds it to 4 bits.
func round(ctx context.Context, name, path string) (*model.Files, error) {
	f, err := model.Open(ctx, vfs.Linked(filepath.Dir(path)), filepath.Base(path))
	if err != nil {
		return nil, err
	}
	return model.Round(ctx, f, model.RoundOptions{
		Products: model.AsInt4, Words: model.AsInt4,
		Progress: func(done, total int) { fmt.Fprintf(os.Stderr, "%s: layer %d of %d\n", name, done, total) },
	})
}

// taken is a tower of a file that was made before.
func taken(path, name string) (*model.Files, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	w, err := model.InPlace(path, b)
	if err != nil {
		return nil, err
	}
	return w.Tower(name)
}
