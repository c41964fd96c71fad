package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sluice/health"
	"sluice/internal/clock"
	"sluice/internal/vfs"
)

// erred gives a store the log of a machine that was followed for so many days, and on which a
// module began to err today: erred STORE DAYS
func erred(ts *testscript.TestScript, _ bool, args []string) {
	days, err := strconv.Atoi(args[1])
	ts.Check(err)
	now := time.Now().Truncate(time.Second)
	watched := health.Record{Kind: health.Watched, From: now.AddDate(0, 0, -days), To: now, Class: health.Machine}
	records := []health.Record{watched}
	for i := range 30 {
		at := now.Add(-time.Duration(i) * 2 * health.Window)
		records = append(records, health.Record{Kind: health.Corrected, From: at.Add(-health.Window), To: at, Count: 7, Class: health.Memory, Device: "mc0/dimm3(DIMM_B2)", What: "ce"})
	}
	log := health.OpenLog(vfs.OS(ts.MkAbs(args[0])), clock.System{})
	ts.Check(log.Record(context.Background(), records...))
}

// holed changes a byte of the first block of the text files in a folder: holed FOLDER
func holed(ts *testscript.TestScript, _ bool, args []string) {
	names, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.text"))
	ts.Check(err)
	for _, name := range names {
		b, err := os.ReadFile(name)
		ts.Check(err)
		b[70] ^= 1
		ts.Check(os.WriteFile(name, b, 0o600))
	}
}
