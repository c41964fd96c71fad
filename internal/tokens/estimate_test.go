package tokens

import (
	"strings"
	"testing"
)

func TestEstimate(t *testing.T) {
	v, err := Get(Default)
	if err != nil {
		t.Fatal(err)
	}
	if Estimate("") != 0 || Estimate("a") != 1 {
		t.Errorf("Estimate is %d of nothing and %d of one letter", Estimate(""), Estimate("a"))
	}
	all := strings.Join(sources(t, 2<<20), "")
	estimate, count := Estimate(all), v.CountString(all)
	if estimate != Estimate([]byte(all)) {
		t.Error("Estimate differs between a string and its bytes")
	}
	if off := float64(estimate)/float64(count) - 1; off < -.15 || off > .15 {
		t.Errorf("%d estimated, %d counted: off by %.0f %%", estimate, count, 100*off)
	}
}

// TestEstimateScripts: no script is priced at a multiple of what it costs.
func TestEstimateScripts(t *testing.T) {
	v, err := Get(Default)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"Привет, мир! Это обычный русский текст о погоде и о новостях дня.",
		"Αυτό είναι ένα συνηθισμένο ελληνικό κείμενο για τον καιρό.",
		"هذا نص عربي عادي عن الطقس وأخبار اليوم في المدينة.",
		"यह मौसम और आज की खबरों के बारे में एक साधारण हिन्दी पाठ है।",
		"これは天気と今日のニュースについての普通の日本語の文章です。",
		"这是一段关于天气和今天新闻的普通中文文字。",
		"이것은 날씨와 오늘의 뉴스에 관한 평범한 한국어 글입니다.",
		"นี่คือข้อความภาษาไทยธรรมดาเกี่ยวกับสภาพอากาศและข่าววันนี้",
		"Dies ist ein gewöhnlicher deutscher Text über das Wetter und die Nachrichten des Tages.",
		"This is ordinary English text about the weather and the news of the day.",
	} {
		if estimate, count := Estimate(text), v.CountString(text); 2*estimate < count || estimate > 2*count {
			t.Errorf("%d estimated, %d counted: %s", estimate, count, text)
		} else {
			t.Logf("%d estimated, %d counted: %.30s", estimate, count, text)
		}
	}
}
