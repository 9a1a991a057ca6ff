"""What makes a PDF of WeasyPrint archival and accessible: PDF/A-3a, with PDF/UA-1 declared in the same metadata (R4)."""

from __future__ import annotations

from typing import Any

PDF_VARIANT = "pdf/a-3a"
END_OF_METADATA = b"</rdf:RDF>"

# PDF/A wants every property that it doesn't know to be declared.
PDFUA = b"""<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"\
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 to which the document conforms</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property>\
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>"""


def declare(metadata: Any, *descriptions: bytes) -> None:
    """Write further descriptions into the document's one `rdf:RDF`: readers skip a second one, which WeasyPrint's option makes."""
    original = metadata.generate_rdf_metadata

    def extended(variant: str, version: int, conformance: str) -> bytes:
        rdf: bytes = original(variant, version, conformance)
        if not rdf.endswith(END_OF_METADATA):
            message = "WeasyPrint's metadata don't end as expected"
            raise AssertionError(message)
        return b"".join((rdf.removesuffix(END_OF_METADATA), *descriptions, END_OF_METADATA))

    metadata.generate_rdf_metadata = extended


def finish(_document: Any, pdf: Any) -> None:
    """Viewers show the title instead of the file's name, and an attachment is associated once."""
    pdf.catalog["ViewerPreferences"] = type(pdf.catalog)({"DisplayDocTitle": "true"})
    if "AF" in pdf.catalog:
        files = pdf.catalog["AF"]
        files[:] = list(dict.fromkeys(files))
