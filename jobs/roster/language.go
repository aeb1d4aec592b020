package roster

import (
	"strings"

	"golang.org/x/text/language"
)

// ZoomLanguages lists the codes of the languages that Zoom documents for its
// users. Japanese and Korean are Zoom's own, jp-JP and ko-KO.
func ZoomLanguages() []string {
	tables := languages()
	out := make([]string, len(tables))
	for i, t := range tables {
		out[i] = t.value
	}
	return out
}

// languages has the codes and the names that people give them.
func languages() []vocabulary {
	return []vocabulary{
		{"en-US", []string{"en", "eng", "English", "Anglais", "Englisch", "Inglés", "Inglês", "Inglese", "Engels", "英語", "English (US)", "American English"}},
		{"de-DE", []string{"de", "ger", "deu", "German", "Allemand", "Deutsch", "Alemán", "Alemão", "Tedesco", "Duits", "ドイツ語"}},
		{"es-ES", []string{"es", "spa", "Spanish", "Espagnol", "Spanisch", "Español", "Castellano", "Espanhol", "Spagnolo", "Spaans", "スペイン語"}}, //nolint:misspell // Not English.
		{"fr-FR", []string{"fr", "fra", "fre", "French", "Français", "Französisch", "Francés", "Francês", "Francese", "Frans", "フランス語"}},
		{"jp-JP", []string{"ja", "jp", "jpn", "ja-JP", "Japanese", "Japonais", "Japanisch", "Japonés", "Japonês", "Giapponese", "Japans", "日本語"}},
		{"pt-PT", []string{"pt", "por", "Portuguese", "Portugais", "Portugiesisch", "Portugués", "Português", "Portoghese", "Portugees", "ポルトガル語"}},
		{"ru-RU", []string{"ru", "rus", "Russian", "Russe", "Russisch", "Ruso", "Russo", "ロシア語", "Русский"}},
		{"zh-CN", []string{"zh", "zh-Hans", "zh-Hans-CN", "Chinese", "Simplified Chinese", "Chinese (Simplified)", "Chinois simplifié", "Chinesisch vereinfacht", "Chino simplificado", "Chinês simplificado", "Cinese semplificato", "简体中文", "中国語簡体字"}},
		{"zh-TW", []string{"zh-Hant", "zh-Hant-TW", "Traditional Chinese", "Chinese (Traditional)", "Chinois traditionnel", "Chinesisch traditionell", "Chino tradicional", "Chinês tradicional", "Cinese tradizionale", "繁體中文", "中国語繁体字"}}, //nolint:misspell // Not English.
		{"ko-KO", []string{"ko", "kor", "ko-KR", "Korean", "Coréen", "Koreanisch", "Coreano", "Koreaans", "韓国語", "한국어"}},
		{"vi-VN", []string{"vi", "vie", "Vietnamese", "Vietnamien", "Vietnamesisch", "Vietnamita", "Vietnamees", "ベトナム語", "Tiếng Việt"}}, //nolint:misspell // Not English.
		{"it-IT", []string{"it", "ita", "Italian", "Italien", "Italienisch", "Italiano", "Italiaans", "イタリア語"}},
		{"pl-PL", []string{"pl", "pol", "Polish", "Polonais", "Polnisch", "Polaco", "Polonês", "Polacco", "Pools", "ポーランド語", "Polski"}},
		{"tr-TR", []string{"tr", "tur", "Turkish", "Turc", "Türkisch", "Turco", "Turks", "トルコ語", "Türkçe"}},
		{"id-ID", []string{"id", "ind", "Indonesian", "Indonésien", "Indonesisch", "Indonesio", "Indonésio", "Indonesiano", "インドネシア語", "Bahasa Indonesia"}},
		{"nl-NL", []string{"nl", "nld", "dut", "Dutch", "Néerlandais", "Niederländisch", "Neerlandés", "Holandés", "Holandês", "Olandese", "Nederlands", "オランダ語"}},
		{"sv-SE", []string{"sv", "swe", "Swedish", "Suédois", "Schwedisch", "Sueco", "Svedese", "Zweeds", "スウェーデン語", "Svenska"}},
	}
}

// canonLanguage reads codes in any spelling and the names of languages.
func canonLanguage(v string) (string, fault) {
	for _, t := range languages() {
		if v == t.value {
			return v, fault{}
		}
	}
	folded := foldHeader(v)
	for _, t := range languages() {
		if foldHeader(t.value) == folded {
			return t.value, fault{}
		}
	}
	if found := wordsOf(languages(), folded); found != "" {
		return found, fault{}
	}
	if code, ok := localeCode(v); ok {
		// Zoom may have learnt it since; it refuses the value otherwise.
		return code, fault{code: UnknownLanguage, severity: Warning, suggestion: sameLanguage(code)}
	}
	return v, fault{code: UnknownLanguage, severity: Error, suggestion: nearestWord(languages(), folded)}
}

// localeCode writes pt_br as pt-BR; ok is false for what is no language and
// country that exist.
func localeCode(v string) (string, bool) {
	if len(v) != 5 || (v[2] != '-' && v[2] != '_') {
		return "", false
	}
	base, err := language.ParseBase(v[:2])
	if err != nil {
		return "", false
	}
	region, err := language.ParseRegion(v[3:])
	if err != nil || !region.IsCountry() || len(base.String()) != 2 || len(region.String()) != 2 {
		return "", false
	}
	return strings.ToLower(v[:2]) + "-" + strings.ToUpper(v[3:]), true
}

// sameLanguage suggests the documented code of the same language.
func sameLanguage(code string) string {
	for _, t := range languages() {
		if t.value[:2] == code[:2] {
			return t.value
		}
	}
	return ""
}
