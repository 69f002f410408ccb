"""Reads structured data as others do: rdflib reads the JSON-LD, pyshacl holds it against the SHACL shapes of schema.org that it ships.

The shapes do not mind words that schema.org does not have; these are looked up in its vocabulary.
"""

from __future__ import annotations

import json
import pickle
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyshacl
from rdflib import RDF, RDFS, XSD, Graph, Namespace, URIRef

SCHEMA = Namespace("http://schema.org/")
SH = Namespace("http://www.w3.org/ns/shacl#")
BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
_IRI = {"@type": "@id"}
# What https://schema.org says of these words (its own JSON-LD context), without asking the network.
CONTEXT = {
    "@vocab": str(SCHEMA),
    **dict.fromkeys(("url", "sameAs", "dayOfWeek", "eventStatus", "eventAttendanceMode", "image", "mainEntity", "isPartOf"), _IRI),
    **{word: {"@type": str(XSD.time)} for word in ("opens", "closes")},
    **{word: {"@type": str(XSD.date)} for word in ("validFrom", "validThrough")},
    **{word: {"@type": str(XSD.dateTime)} for word in ("startDate", "endDate")},
    **{word: {"@type": str(XSD.float)} for word in ("latitude", "longitude")},
}


def blocks(page: str) -> list[dict[str, Any]]:
    """Return what the structured data of a page says."""
    return [json.loads(text) for text in BLOCK.findall(page)]


@lru_cache(maxsize=1)
def _vocabulary() -> Graph:
    """Return schema.org as pyshacl ships it: classes with their shapes."""
    store, identifier = pickle.loads((Path(pyshacl.__file__).parent / "assets" / "schema.pickle").read_bytes())
    return Graph(store=store, identifier=identifier)


def read(data: dict[str, Any]) -> Graph:
    """Return JSON-LD as triples."""
    assert data["@context"] == "https://schema.org"
    text = json.dumps({**data, "@context": CONTEXT}).replace("https://schema.org/", str(SCHEMA))
    return Graph().parse(data=text, format="json-ld")


def _classes(kind: URIRef) -> set[URIRef]:
    return set(_vocabulary().transitive_objects(kind, RDFS.subClassOf))


def _shapes_of(kinds: set[URIRef]) -> Graph:
    """Return the shapes of some classes alone: the whole of schema.org takes minutes."""
    shapes, todo = Graph(), list(kinds)
    while todo:
        node = todo.pop()
        for triple in _vocabulary().triples((node, None, None)):
            shapes.add(triple)
            if triple[1] in (SH.property, SH["or"], RDF.first, RDF.rest):
                todo.append(triple[2])
    return shapes


def problems(data: dict[str, Any]) -> list[str]:
    """Return what is wrong with JSON-LD: unknown classes and words, words that a class does not have, values of a wrong kind."""
    graph, vocabulary = read(data), _vocabulary()
    found, kinds = [], set()
    for node, kind in graph.subject_objects(RDF.type):
        if (kind, RDF.type, RDFS.Class) not in vocabulary:
            found.append(f"no such class: {kind}")
            continue
        kinds |= _classes(kind)
        known = {vocabulary.value(shape, SH.path) for each in _classes(kind) for shape in vocabulary.objects(each, SH.property)}
        found += [f"{kind} has no {word}" for word in set(graph.predicates(node)) - {RDF.type} - known]
    found += [f"not well formed: {value.n3()}" for value in graph.objects() if getattr(value, "ill_typed", False)]
    known_values = Graph()
    for value in set(graph.objects()):
        known_values += vocabulary.triples((value, RDF.type, None))
    for each in [*kinds, *known_values.objects()]:
        known_values += vocabulary.triples((each, RDFS.subClassOf, None))
    conforms, _report, text = pyshacl.validate(graph + known_values, shacl_graph=_shapes_of(kinds), advanced=False)
    return found if conforms else [*found, text]
