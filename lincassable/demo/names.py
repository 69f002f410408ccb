"""Invented names for the places and people of the demo network. None is meant to be anybody's."""

from __future__ import annotations

import random

from stores.enums import Kind

SHOP_FIRST = ["Épicerie", "Cave", "Primeur", "Le Panier", "Le Comptoir", "La Halle", "Le Bocal", "La Réserve", "Le Marché", "L'Étal"]
SHOP_LAST = [
    "du Figuier",
    "de la Placette",
    "des Amandiers",
    "du Vallon",
    "des Trois Fontaines",
    "du Mistral",
    "de la Garrigue",
    "du Platane",
    "des Restanques",
    "de l'Oustal",
    "du Lavoir",
    "des Cigales",
    "de la Treille",
    "du Cabanon",
    "des Genêts",
    "de la Calade",
    "du Romarin",
    "de l'Olivette",
    "du Micocoulier",
    "des Tilleuls",
    "du Puits",
    "de la Bastide",
    "des Capucines",
    "du Canal",
    "de la Source",
]
PRODUCER_FIRST = ["Brasserie", "Domaine", "Ferme", "Cidrerie", "Jus"]
PRODUCER_LAST = ["de la Combe", "des Galets", "du Grand Pin", "de la Bergerie", "des Ocres", "du Safre", "de Bel Air", "du Colombier"]
HOTEL = ["Hôtel des Remparts", "Hôtel du Vieux Port aux Barques", "Auberge du Gué", "Hôtel de la Fontaine", "Hôtel des Salins"]
RESTAURANT = ["La Table de Zoé", "Le Bistrot des Halles", "Chez Marius et Lina", "La Cantine du Cours", "L'Assiette verte", "Le Petit Thym"]
STREETS = [
    "rue de la République",
    "avenue de la Libération",
    "place de l'Église",
    "cours Mirabelle",
    "boulevard de la Gare",
    "rue des Écoles",
    "chemin des Vignes",
    "rue du Marché",
    "avenue des Alpes",
    "quai du Midi",
    "rue de la Fontaine",
    "place aux Herbes",
]
FIRST_NAMES = [
    "Amina",
    "Léo",
    "Camille",
    "Nour",
    "Hugo",
    "Inès",
    "Paul",
    "Jeanne",
    "Karim",
    "Louise",
    "Mehdi",
    "Zoé",
    "Victor",
    "Salomé",
    "Théo",
    "Rose",
    "Yanis",
    "Alice",
    "Bastien",
    "Clara",
]
LAST_NAMES = ["Arnoux", "Blanchet", "Castel", "Dufour", "Estève", "Ferrat", "Gilles", "Hamidi", "Imbert", "Jourdan", "Lopez", "Mounier"]
HOURS = [
    "Mo-Sa 09:00-12:30,15:00-19:00; PH off",
    "Tu-Sa 09:00-13:00,15:30-19:30; Su 09:00-12:30",
    "Mo-Sa 08:30-19:30; Su 09:00-12:30; PH off",
    "Mo-Fr 10:00-19:00; Sa 10:00-18:00",
    "Tu-Su 10:00-19:00",
]
ACCESS_NOTES = [
    "",
    "",
    "",
    "Sonner à la porte de service, à droite de la vitrine.",
    "Rue piétonne : livrer avant 11 h.",
    "Les casiers sont dans la cour.",
    "Pas de camion de plus de 12 t : pont limité.",
    "Transpalette possible jusqu'à la réserve.",
    "Se garer sur la place de livraison, en face.",
]


def place_name(kind: str, commune: str, number: int, rng: random.Random) -> str:
    """Return an invented name for the `number`-th place, of a kind, in a commune."""
    if kind == Kind.PRODUCER:
        return f"{rng.choice(PRODUCER_FIRST)} {rng.choice(PRODUCER_LAST)}"
    if kind == Kind.HOTEL:
        return HOTEL[number % len(HOTEL)]
    if kind == Kind.RESTAURANT:
        return RESTAURANT[number % len(RESTAURANT)]
    return f"{rng.choice(SHOP_FIRST)} {rng.choice(SHOP_LAST)}"


def person(rng: random.Random) -> str:
    """Return an invented first and last name."""
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
