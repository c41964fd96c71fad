package web

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// The shapes of addresses that no author thought of: a site that answers them all has no end.
const (
	addressBytesMax = 2000
	foldersMax      = 24 // in a path
	repeatsMax      = 3  // of one folder in a path
	pairsMax        = 12 // in a query
)

// site decides which addresses belong to a source, and how they are spelled. One page has one
// address: without the parts that differ from visit to visit, in one order, on one host.
type site struct {
	root *url.URL // as it was added
	dir  string   // the folder that all pages lie in; "/": the whole host
}

// newSite takes an address as LocateURL gives it.
func newSite(root string, wholeHost bool) (*site, error) {
	u, err := url.Parse(root)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is no address of a web site: write https://HOST or https://HOST/FOLDER", root)
	}
	s := &site{root: u, dir: "/"}
	s.root.Host = hostOf(u)
	if !wholeHost {
		s.dir = u.EscapedPath()
		if !strings.HasSuffix(s.dir, "/") && path.Ext(s.dir) != "" {
			s.dir = path.Dir(s.dir)
		}
		s.dir = strings.TrimSuffix(s.dir, "/") + "/"
	}
	return s, nil
}

// hostOf is the host in lower case, without the port that goes without saying.
func hostOf(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" && (u.Scheme != "https" || p != "443") && (u.Scheme != "http" || p != "80") {
		host += ":" + p
	}
	return host
}

// hosts are those that may be asked: a site answers with its www and without.
func (s *site) hosts() []string {
	host := s.root.Host
	if bare, ok := strings.CutPrefix(host, "www."); ok {
		return []string{host, bare}
	}
	return []string{host, "www." + host}
}

// has tells whether an address lies on a host of the site.
func (s *site) has(u *url.URL) bool {
	return (u.Scheme == "https" || u.Scheme == "http") && u.User == nil && u.Opaque == "" && slices.Contains(s.hosts(), hostOf(u))
}

// start is the address with which a crawl begins.
func (s *site) start() string {
	address, err := s.address(s.root, s.root.String())
	if err != nil {
		return s.root.String()
	}
	return address
}

// The reasons for which an address is none of the site's pages.
var (
	errOutside = errors.New("outside of the site")
	errTrap    = errors.New("an address that a machine made, and that has no end")
	errMedia   = errors.New("no text, by its ending")
)

// address is how the page is called that a reference on another one leads to.
func (s *site) address(base *url.URL, ref string) (string, error) {
	if len(ref) > addressBytesMax {
		return "", errTrap
	}
	u, err := base.Parse(strings.TrimSpace(ref))
	if err != nil || !s.has(u) {
		return "", errOutside
	}
	u.Scheme, u.Host, u.Fragment, u.RawFragment = s.root.Scheme, s.root.Host, "", ""
	u.RawQuery, u.ForceQuery = plainQuery(u.RawQuery), false
	plainPath(u)
	if p := u.EscapedPath(); !strings.HasPrefix(p, s.dir) && p+"/" != s.dir && u.String() != s.root.String() {
		return "", errOutside
	}
	if media[strings.ToLower(path.Ext(u.Path))] {
		return "", errMedia
	}
	if endless(u) {
		return "", errTrap
	}
	return u.String(), nil
}

// plainPath spells a path in one way.
func plainPath(u *url.URL) {
	if at := strings.IndexByte(u.Path, ';'); at >= 0 && sessionKey(strings.SplitN(u.Path[at+1:], "=", 2)[0]) {
		u.Path, u.RawPath = u.Path[:at], ""
	}
	if !strings.Contains(strings.ToLower(u.RawPath), "%2f") {
		u.RawPath = "" // what is escaped without need
	}
	for strings.Contains(u.Path, "//") {
		u.Path, u.RawPath = strings.ReplaceAll(u.Path, "//", "/"), ""
	}
	if u.Path == "" {
		u.Path = "/"
	}
}

// plainQuery is a query without sessions and campaigns, in one order.
func plainQuery(query string) string {
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		if pair != "" && !sessionKey(key) {
			pairs = append(pairs, pair)
		}
	}
	slices.Sort(pairs)
	return strings.Join(slices.Compact(pairs), "&")
}

// sessionKey tells that a parameter says who asks, or who sent them, and not what is asked for.
func sessionKey(key string) bool {
	key = strings.ToLower(key)
	return strings.HasPrefix(key, "utm_") || strings.HasPrefix(key, "aspsessionid") || sessions[strings.NewReplacer("_", "", "-", "").Replace(key)]
}

var sessions = set("phpsessid jsessionid sessionid sessid session sid zenid osCsid cfid cftoken fbclid gclid dclid msclkid mcid mceid igshid yclid ref refsrc")

// media are the endings of what is no text.
var media = set(`.jpg .jpeg .png .gif .webp .avif .heic .svg .ico .bmp .tif .tiff .css .js .mjs .map .wasm .woff .woff2 .ttf .otf .eot
	.mp3 .mp4 .m4a .m4v .webm .ogg .ogv .oga .wav .flac .avi .mov .mkv .mpg .mpeg
	.zip .gz .tgz .bz2 .xz .zst .7z .rar .tar .jar .war .exe .msi .dmg .pkg .deb .rpm .apk .iso .img .bin .dat`)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(strings.ToLower(words)) {
		all[w] = true
	}
	return all
}

// endless tells that an address has a shape that only machines make.
func endless(u *url.URL) bool {
	folders := strings.Split(strings.Trim(u.Path, "/"), "/")
	times := map[string]int{}
	for _, f := range folders {
		if times[f]++; times[f] > repeatsMax {
			return true
		}
	}
	return len(folders) > foldersMax || strings.Count(u.RawQuery, "&") >= pairsMax || len(u.String()) > addressBytesMax
}

// pattern is the shape of an address: what pages that one program makes have in common.
func pattern(address string) string {
	where, query, _ := strings.Cut(address, "?")
	var b strings.Builder
	digits := false
	for _, c := range where {
		if c >= '0' && c <= '9' {
			if !digits {
				b.WriteByte('#')
			}
			digits = true
			continue
		}
		digits = false
		b.WriteRune(c)
	}
	for pair := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		b.WriteString("&" + key)
	}
	return b.String()
}
