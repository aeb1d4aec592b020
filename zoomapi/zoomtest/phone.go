package zoomtest

import (
	"slices"
	"strings"
)

// DefaultRefusedPhone is the profile number that an account with zero Options
// refuses for anybody.
const DefaultRefusedPhone = "+1 500 555 0001"

// callingCodes are the assigned codes of countries and networks.
const callingCodes = " 1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64" +
	" 65 66 81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232" +
	" 233 234 235 236 237 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260" +
	" 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372" +
	" 373 374 375 376 377 378 379 380 381 382 383 385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508" +
	" 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687" +
	" 688 689 690 691 692 800 808 850 852 853 855 856 870 878 880 881 882 883 886 888 960 961 962 963 964 965 966" +
	" 967 968 970 971 972 973 974 975 976 977 979 992 993 994 995 996 998 "

// countryCodes are the ISO 3166-1 codes of countries, and Kosovo's.
const countryCodes = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS" +
	" BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET" +
	" FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO" +
	" IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH" +
	" MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM" +
	" PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG" +
	" TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW "

// checkPhones looks at the form of up to three profile numbers.
func checkPhones(k *checks, phones []phoneBody) {
	k.check(len(phones) <= 3, "phone_numbers")
	for _, p := range phones {
		k.check(p.Number != "" && numberForm.MatchString(p.Number), "phone_numbers.number")
		k.check(p.Country == "" || listed(countryCodes, p.Country), "phone_numbers.country")
		k.check(p.Code == "" || codeForm.MatchString(p.Code) && listed(callingCodes, p.Code[1:]), "phone_numbers.code")
		labels := []string{"", "Mobile", "Office", "Home", "Fax"}
		k.check(slices.Contains(labels, p.Label), "phone_numbers.label")
	}
}

func listed(words, word string) bool {
	return !strings.Contains(word, " ") && strings.Contains(words, " "+word+" ")
}

// RefusePhone makes the account refuse a profile number, with its country's
// code, for anybody who does not have it yet.
func (a *Account) RefusePhone(number string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.opts.RefusedPhones = appendNew(a.opts.RefusedPhones, digits(number))
}

// mayCall holds the rule of refused numbers.
func (a *Account) mayCall(before User, phones *[]phoneBody) (answer, bool) {
	if phones == nil {
		return answer{}, true
	}
	for _, p := range *phones {
		had := slices.ContainsFunc(before.PhoneNumbers, func(o PhoneNumber) bool { return o.Code == p.Code && o.Number == p.Number })
		if !had && slices.Contains(a.opts.RefusedPhones, digits(p.Code+p.Number)) {
			return invalidField("phone_numbers", "This phone number cannot be set. Change it on the user's profile page."), false
		}
	}
	return answer{}, true
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
