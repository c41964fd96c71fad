package secret

import (
	"bytes"
	"encoding/base64"
)

// token is what an issuer's tokens look like: a prefix, and at least min bytes of a set. The prefix
// stays where it is cut, so that a reader knows what stood there.
type token struct {
	prefix string
	in     *set
	min    int
}

// awsBytes is the length of what follows the four letters of a key's id at AWS.
const awsBytes = 16

// tokens are those whose prefix was made to be found, as their issuers document them.
var tokens = []token{
	{"ghp_", &isAlnum, 30}, {"gho_", &isAlnum, 30}, {"ghu_", &isAlnum, 30}, {"ghs_", &isAlnum, 30}, {"ghr_", &isAlnum, 30},
	{"github_pat_", &isWord, 22},
	{"glpat-", &isDotted, 20}, {"gldt-", &isURL64, 20}, {"glrt-", &isDotted, 20}, {"glptt-", &isHex, 40}, {"glcbt-", &isURL64, 20}, {"glsoat-", &isURL64, 20},
	{"xoxb-", &isURL64, 20}, {"xoxp-", &isURL64, 20}, {"xoxa-", &isURL64, 20}, {"xoxr-", &isURL64, 20}, {"xoxs-", &isURL64, 20}, {"xoxe-", &isURL64, 20},
	{"xoxc-", &isURL64, 20}, {"xoxd-", &isURL64, 20}, {"xapp-", &isURL64, 20}, {"hooks.slack.com/services/", &isPath, 30},
	{"AKIA", &isUpper, awsBytes}, {"ASIA", &isUpper, awsBytes}, {"ABIA", &isUpper, awsBytes}, {"ACCA", &isUpper, awsBytes},
	{"AIza", &isURL64, 35}, {"GOCSPX-", &isURL64, 20}, {"ya29.", &isURL64, 30},
	{"sk-proj-", &isURL64, 20}, {"sk-ant-", &isURL64, 20}, {"sk-svcacct-", &isURL64, 20}, {"sk-admin-", &isURL64, 20}, {"sk-or-", &isURL64, 20},
	{"sk_live_", &isAlnum, 17}, {"sk_test_", &isAlnum, 17}, {"rk_live_", &isAlnum, 17}, {"rk_test_", &isAlnum, 17}, {"whsec_", &isBase64, 24},
	{"npm_", &isAlnum, 36}, {"pypi-", &isURL64, 50}, {"rubygems_", &isHex, 48}, {"dckr_pat_", &isURL64, 20}, {"hf_", &isAlnum, 34},
	{"shpat_", &isHex, 32}, {"shpss_", &isHex, 32}, {"shpca_", &isHex, 32}, {"shppa_", &isHex, 32},
	{"dop_v1_", &isHex, 60}, {"doo_v1_", &isHex, 60}, {"dor_v1_", &isHex, 60},
	{"SG.", &isDotted, 60}, {"lin_api_", &isAlnum, 32}, {"figd_", &isURL64, 36}, {"gsk_", &isAlnum, 40}, {"xai-", &isAlnum, 60}, {"nvapi-", &isURL64, 50},
	{"hvs.", &isURL64, 60}, {"hvb.", &isURL64, 80}, {"glsa_", &isWord, 36}, {"glc_", &isBase64, 32}, {"sntrys_", &isBase64, 40}, {"pul-", &isHex, 40},
	{"ATATT3", &isDotted, 60}, {"PMAK-", &isURL64, 50}, {"dapi", &isHex, 32}, {"tskey-auth-", &isURL64, 20}, {"tskey-api-", &isURL64, 20},
	{"AGE-SECRET-KEY-1", &isUpper, 50}, {"AGE-PLUGIN-", &isURL64, 50}, {"EAACEdEose0cBA", &isAlnum, 20}, {"sq0csp-", &isURL64, 40}, {"NRAK-", &isUpper, 27},
}

// anchor is the anchor of a token.
func (t token) anchor() anchor {
	return anchor{t.prefix, min(0, len(t.prefix)-windowBytes), true, t.rule()}
}

func (t token) rule() rule {
	return func(f *finder, _ *anchor, from, start int) {
		if from > 0 && (isAlnum[f.text[from-1]] || f.text[from-1] == '_') {
			return
		}
		end := f.run(start, t.in)
		if t.min == awsBytes && (end-start > awsBytes || end < len(f.text) && isBase64[f.text[end]]) { // a piece of something longer
			return
		}
		if end-start >= t.min && varied(f.text[start:end]) && !isPlaceholder(f.text[start:end]) {
			f.add(from, start, end)
		}
	}
}

// openAI is the rule for the keys whose only sign stands in their middle.
func openAI(f *finder, _ *anchor, mid, end int) {
	from := mid
	for from > 0 && mid-from < 120 && isURL64[f.text[from-1]] {
		from--
	}
	if bytes.HasPrefix(f.text[from:], []byte("sk-")) {
		f.add(from, from+3, f.run(end, &isURL64))
	}
}

// plainSK is the rule for keys that begin with sk- and are one long run behind it.
func plainSK(f *finder, _ *anchor, from, _ int) {
	if from > 0 && isURL64[f.text[from-1]] {
		return
	}
	start := from + len("sk-")
	end := f.run(start, &isAlnum)
	if end-start >= 32 && varied(f.text[start:end]) && !isPlaceholder(f.text[start:end]) {
		f.add(from, start, end)
	}
}

// jwt is the rule for a signed JSON web token: three runs with dots between them, the first of
// which is the base64 of a JSON object.
func jwt(f *finder, _ *anchor, from, _ int) {
	if from > 0 && (isURL64[f.text[from-1]] || f.text[from-1] == '.') {
		return
	}
	at := from
	var parts [3]int
	for i := range parts {
		end := f.run(at, &isURL64)
		parts[i] = end - at
		if i == 2 {
			at = end
			break
		}
		if end >= len(f.text) || f.text[end] != '.' {
			return
		}
		at = end + 1
	}
	if parts[0] >= 16 && parts[1] >= 16 && parts[2] >= 20 {
		f.add(from, from+len("eyJ"), at)
	}
}

// bearer is the rule for the header of a request.
func bearer(f *finder, _ *anchor, from, start int) {
	end := f.run(start, &isDottedBase64)
	if v := f.text[start:end]; len(v) >= 20 && varied(v) && !isPlaceholder(v) {
		f.add(from, start, end)
	}
}

// basic is the rule for a user and a password in base64, as headers and Docker have them.
func basic(f *finder, _ *anchor, from, start int) {
	for start < len(f.text) && (f.text[start] == ' ' || f.text[start] == ':' || f.text[start] == '=' || f.text[start] == '"' || f.text[start] == '\'') {
		start++
	}
	end := f.run(start, &isBase64)
	v := f.text[start:end]
	if len(v) < 8 || len(v) > lineLook {
		return
	}
	plain, err := base64.StdEncoding.DecodeString(string(v))
	if err != nil {
		return
	}
	if user, password, ok := bytes.Cut(plain, []byte(":")); ok && printable(user) && printable(password) && len(password) > 3 && !isPlaceholder(password) {
		f.add(start, start, end)
	}
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

var isDottedBase64 = bytesOf(digits + upper + lower + "_-.+/=~")

// logins finds the passwords in URLs: scheme://user:password@host.
func (f *finder) logins() {
	const userinfoMax = 256
	for at := 0; ; at++ {
		i := bytes.IndexByte(f.text[at:], '@')
		if i < 0 {
			return
		}
		at += i
		from := max(0, at-userinfoMax)
		head := f.text[from:at]
		begin := bytes.LastIndex(head, []byte("://"))
		if begin < 0 {
			continue
		}
		user, password, ok := bytes.Cut(head[begin+3:], []byte(":"))
		if !ok || bytes.ContainsAny(user, " \t\r\n\"'<>`/?#\\") || bytes.ContainsAny(password, " \t\r\n\"'<>`/?#\\") {
			continue
		}
		if len(password) >= 3 && at+1 < len(f.text) && (isAlnum[f.text[at+1]] || f.text[at+1] == '[') && !isPlaceholder(password) && !isTypical(user, password) {
			f.add(at-len(password), at-len(password), at)
		}
	}
}

// isTypical tells that a login is one that documents show: the password says that it is one, or is
// the user's name.
func isTypical(user, password []byte) bool {
	u, p := bytes.ToLower(user), bytes.ToLower(password)
	return bytes.Equal(u, p) || bytes.HasPrefix(p, []byte("pass")) || bytes.HasPrefix(p, []byte("pw")) || bytes.Equal(p, []byte("foo")) || bytes.Equal(p, []byte("bar"))
}
