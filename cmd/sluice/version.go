package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"

	"sluice/eval/roofline"
)

// release is set by a release's build.
var release = "0.1.0-dev"

// version is the release with the commit it was built from, where the build knows it.
func version() string {
	v := release
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			v += " " + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			v += "+"
		}
	}
	return v
}

// versionReport is what `version` prints.
type versionReport struct {
	Version string                 `json:"version"`
	Kernels []roofline.KernelState `json:"kernels,omitempty"` // with -v
}

func (a *app) versionVerb() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version, with -v what each inner loop runs on", Args: cobra.NoArgs,
		RunE: a.verb(func(*cobra.Command, []string) (any, func(), error) {
			rep := versionReport{Version: version()}
			if a.verbose {
				rep.Kernels = roofline.Kernels()
			}
			return rep, func() { a.printVersion(rep) }, nil
		}),
	}
}

func (a *app) printVersion(rep versionReport) {
	a.printf("sluice %s\n", rep.Version)
	for _, k := range rep.Kernels {
		a.printf("  %-16s %-7s self-test %.0f us", k.Kernel, k.Path, k.SelfTestUS)
		for _, p := range k.SwitchedOff {
			a.printf(", %s answered wrongly and is off", p)
		}
		a.printf("\n")
	}
}
