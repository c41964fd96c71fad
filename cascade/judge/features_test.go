package judge

import (
	"slices"
	"testing"
)

// TestEveryFeatureCounts: a feature without a name could not stand in the file of
// weights, and one without a weight would be computed for nothing.
func TestEveryFeatureCounts(t *testing.T) {
	w := DefaultWeights()
	for i, name := range FeatureNames() {
		if name == "" || slices.Index(FeatureNames(), name) != i {
			t.Errorf("feature %d has no name of its own in featureNames: %q", i, name)
			continue
		}
		if w.Head[name] == 0 && w.Tail[name] == 0 && w.Probability[name] == 0 {
			t.Errorf("feature %q has no weight in weights.json: fit it (go run ./eval/fit), or take it out", name)
		}
	}
}
