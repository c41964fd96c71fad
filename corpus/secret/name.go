package secret

import (
	"path"
	"strings"
)

// kind is what a file is, as far as it matters for what a value in it may be.
type kind int

const (
	other   kind = iota // prose, logs, data
	config              // key = value, without quotes
	program             // a value stands in quotes
)

// file is what a name says.
type file struct {
	kind    kind
	suspect bool // it is named after secrets, or is known to hold some
	list    bool // it is a list of them
}

func fileOf(p string) (f file) {
	p = strings.ToLower(p)
	name := path.Base(p)
	ext := path.Ext(name)
	switch {
	case programs[ext]:
		f.kind = program
		return f
	case configs[ext], configs["."+name], configs[name], isEnvironment(name):
		f.kind = config
	}
	if isExample(name) {
		return f
	}
	f.list = namesSecrets(name) && !pages[ext]
	f.suspect = f.list || isEnvironment(name) || suspects[name] || suspectExts[ext] || endsLike(p, suspectEnds)
	if f.suspect && f.kind == other && !f.list {
		f.kind = config
	}
	return f
}

// namesSecrets tells that a word of the name is one for secrets: passwords.md, vault.yml,
// secrets.prod.yaml.
func namesSecrets(name string) bool {
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("._- ", r) }) {
		if listWords[w] {
			return true
		}
	}
	return false
}

var listWords = setOf(`password passwords passwd pw secret secrets credential credentials creds token tokens access_token auth_token vault login logins
	passphrase passphrases passwort passwörter kennwort kennwörter zugangsdaten contraseñas`)

// pages are what nobody keeps a list in: pages that tell of a subject, whose numbers and colours
// would look like passwords, and what only a program reads.
var pages = setOf(`.html .htm .xhtml .css .scss .less .svg .1 .2 .3 .4 .5 .6 .7 .8 .9 .man .mdoc .tex .sty .bin .dat .po .pot`)

func isEnvironment(name string) bool {
	return name == ".envrc" || name == "envrc" || name == "env" || strings.HasPrefix(name, ".env.") || strings.HasPrefix(name, "env.") || strings.HasSuffix(name, ".env")
}

// isExample spares the templates that are meant to be read.
func isExample(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if examples[part] && part != name {
			return true
		}
	}
	return false
}

var (
	examples = setOf(`example sample template dist tmpl`)
	suspects = setOf(`npmrc .npmrc yarnrc .yarnrc .yarnrc.yml .pypirc pypirc pip.conf pip.ini settings.xml nuget.config gradle.properties .curlrc .wgetrc auth.json
		kubeconfig .my.cnf .s3cfg .boto .terraformrc terraform.rc credentials.tfrc.json application_default_credentials.json .netrc netrc wp-config.php
		.dockerconfigjson .dockercfg`)
	suspectExts = setOf(`.tfvars .tfstate .kubeconfig .secret .secrets .token .credentials .ovpn .nmconnection`)
	suspectEnds = strings.Fields(`.aws/credentials .docker/config.json .kube/config .config/gh/hosts.yml .config/hub .config/git/credentials .gem/credentials
		.cargo/credentials .cargo/credentials.toml .composer/auth.json terraform.tfstate.backup`)
	configs = setOf(`.yml .yaml .json .jsonc .json5 .toml .ini .cfg .conf .cnf .properties .env .envrc .xml .plist .tf .tfvars .tfstate .hcl .config .netdev
		.nmconnection .ovpn .kubeconfig .dockerfile .compose .service .npmrc .yarnrc .pypirc config`)
	programs = setOf(`.go .py .c .h .cc .cpp .cxx .hh .hpp .hxx .m .mm .java .kt .kts .scala .groovy .js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .rs .cs .fs .vb
		.swift .rb .php .pl .perl .pm .t .lua .r .jl .hs .ml .mli .ex .exs .erl .hrl .clj .cljs .dart .zig .nim .d .s .asm .sh .bash .zsh .ps1 .sql .proto .diff
		.patch .ipynb .svelte`)
)

// Name tells from a path alone that a file is a key, a key store or a store of passwords and
// nothing else: nothing of it is read.
func Name(p string) bool {
	p = strings.ToLower(p)
	name := path.Base(p)
	if isExample(name) {
		return false
	}
	return keyNames[name] || keyExts[path.Ext(name)] || endsLike(p, keyEnds) || strings.Contains(p, ".gnupg/private-keys-v1.d/") || strings.Contains(p, ".config/gcloud/")
}

var (
	keyNames = setOf(`.netrc _netrc .pgpass pgpass.conf .mylogin.cnf .htpasswd htpasswd .git-credentials .vault-token master.key wallet.dat key3.db key4.db
		logins.json secring.gpg .bash_history .zsh_history .sh_history .psql_history .mysql_history .sqlite_history .python_history .node_repl_history
		.rediscli_history`)
	keyExts = setOf(`.p12 .pfx .pkcs12 .jks .jceks .bks .keystore .kdb .kdbx .ppk .keytab .keychain .keychain-db .agilekeychain .opvault .psafe3`)
	keyEnds = strings.Fields(`.azure/accesstokens.json .azure/msal_token_cache.json config/master.key .config/git/credentials`)
)

// endsLike compares the ends of a path, element by element.
func endsLike(p string, ends []string) bool {
	for _, end := range ends {
		if strings.HasSuffix(p, end) && (len(p) == len(end) || p[len(p)-len(end)-1] == '/') {
			return true
		}
	}
	return false
}

func setOf(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
