package demo

import (
	"fmt"
	"strings"
)

// home is the hosting company's own domain. Like all names here it is reserved for documentation.
const home = "northlight.example"

// firstNames, lastNames and the words of domains are never changed.
var (
	firstNames = strings.Fields(`Ada Agnes Aino Alba Amara Anders Anika Anton Aoife Arjun Astrid Beatriz Björn Camille Carmen
		Chidi Chloé Clara Dario Diego Dilan Elif Elsa Emil Emre Enzo Farah Felix Fiona Freja Giulia Grace Gustav Hana Hannah Henrik
		Hugo Ines Ingrid Isak Ivan Jana Jonas José Jürgen Kaja Kenji Kira Lars Lea Leila Liam Linnéa Luca Łukasz Maja Malik
		Marek Mei Mikael Mira Nadia Nils Noah Nora Olga Omar Oskar Paula Pedro Petra Rafael Ravi Rosa Rúna Samir Sanna Sofía
		Søren Tamar Theo Tomás Uma Vera Viktor Wanda Yara Yusuf Zoë Zuzana`)
	lastNames = strings.Fields(`Abbott Adeyemi Ahlberg Almeida Andersen Aydın Bauer Bergström Bianchi Bishop Blom Brandt Carver
		Castillo Chandra Conti Costa Dahl Dubois Duarte Eklund Eriksen Farkaš Fischer Fontaine Foster Frost García Gruber Haddad
		Hagen Hansen Hayashi Heikkinen Holm Horvat Ibrahim Iversen Jansen Jensen Kaya Keller Kowalski Krüger Larsen Laurent Lind
		Lopes Lundqvist Madsen Maier Mäkinen Marino Meyer Moreau Mwangi Nakamura Navarro Nguyen Nielsen Novák Nowak O'Brien Okafor
		Olsen Østby Pacheco Patel Peña Petrov Quist Rahman Reyes Rossi Rowe Sandoval Schäfer Sharma Silva Simon Sørensen Stein
		Svensson Tanaka Thorne Torres Tóth Vargas Vasquez Virtanen Vogel Wagner Weiss Winther Wójcik Yilmaz Young Zimmer`)
	domainFirst = strings.Fields(`amber blue bright cedar clear copper coral early east fern field fresh glass golden granite
		green harbour hazel hill iron ivory juniper lake lantern linden little maple marble meadow mill moss north oak old olive
		orchard pine quiet red river rowan sage silver slate south spring still stone summer tidal upland velvet west white wild
		willow winter`)
	domainSecond = strings.Fields(`archive atelier bakery bikes books brewery bureau cafe camera ceramics choir clinic cycles
		dental design farm films florist foundry gallery garden glassworks guides homes instruments joinery kitchen labs law legal
		lettings letters library logistics maps market media mills museum music optics paper partners pharmacy photo pottery press
		radio records robotics sails school seeds solar studio supplies surveys tea textiles theatre tools travel vets wines works
		yoga`)
	domainEnds = []string{".example", ".example", ".example", ".example.com", ".example.net", ".example.org"}
)

// domainNames returns count different domains, the company's own one first.
func domainNames(count int) []string {
	d, taken := diceOf("domains"), map[string]bool{home: true}
	names := []string{home}
	for len(names) < count {
		name := pick(d, domainFirst) + "-" + pick(d, domainSecond)
		if 2*len(names) > len(domainFirst)*len(domainSecond) {
			name += fmt.Sprintf("-%d", len(names))
		}
		name += pick(d, domainEnds)
		if !taken[name] {
			taken[name] = true
			names = append(names, name)
		}
	}
	return names
}

var plainLetters = strings.NewReplacer("'", "", "á", "a", "ä", "ae", "é", "e", "ë", "e", "í", "i", "ı", "i", "ł", "l",
	"ñ", "n", "ó", "o", "ö", "oe", "ø", "o", "š", "s", "ú", "u", "ü", "ue")

// plain writes a name as addresses do.
func plain(name string) string { return plainLetters.Replace(strings.ToLower(name)) }
