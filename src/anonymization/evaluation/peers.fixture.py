"""The peers, on one file of {"id","text"} lines: five plain patterns such as the documented step uses, and, where it is
installed, Presidio's pattern recognizers on a blank spaCy model. Prints {name: {"seconds", "spans"}}."""
import json
import re
import sys
import time

lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf8") if line.strip()]
plain = [
    re.compile(source)
    for source in (
        r"\d{2}/\d{2}/\d{4}",
        r"\d{4}-\d{2}-\d{2}",
        r"\bID:?\s*\d+",
        r"\b\d{3}[-.]?\d{3}[-.]?\d{4}\b",
        r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\b",
    )
]
started = time.perf_counter()
spans = [[{"start": m.start(), "end": m.end()} for p in plain for m in p.finditer(line["text"])] for line in lines]
results = {"five plain patterns (Python re)": {"seconds": time.perf_counter() - started, "spans": spans}}

try:
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
except ImportError:
    print(json.dumps(results))
    sys.exit()

# The list of public suffixes that comes with the package; nothing is fetched.
tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())

class BlankEngine(NlpEngine):
    """Tokens only: no entity of the language model."""

    def __init__(self):
        self.nlp = {"en": spacy.blank("en")}

    def load(self):
        pass

    def is_loaded(self):
        return True

    def process_text(self, text, language):
        doc = self.nlp[language](text)
        return NlpArtifacts([], doc, [t.idx for t in doc], [t.text for t in doc], self, language)

    def process_batch(self, texts, language, **_):
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word, language):
        return self.nlp[language].vocab[word].is_stop

    def is_punct(self, word, language):
        return self.nlp[language].vocab[word].is_punct

    def get_supported_entities(self):
        return []

    def get_supported_languages(self):
        return ["en"]


registry = RecognizerRegistry()
registry.load_predefined_recognizers(languages=["en"])
analyzer = AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"])
analyzer.analyze(lines[0]["text"], language="en")
started = time.perf_counter()
found = [analyzer.analyze(line["text"], language="en") for line in lines]
seconds = time.perf_counter() - started
spans = [[{"start": r.start, "end": r.end} for r in one] for one in found]
results["Presidio, blank model"] = {"seconds": seconds, "spans": spans}
print(json.dumps(results))
