import { XMLBuilder, XMLParser, XMLValidator } from "fast-xml-parser"

const FEED = `<?xml version="1.0"?>
<!DOCTYPE feed [<!ENTITY who "Ada">]>
<feed xmlns:m="urn:m">
  <entry id="1" m:draft="false"><title>A &amp; &who;</title><m:size>10</m:size></entry>
  <entry id="02"><title><![CDATA[<b>]]></title><m:size>1e3</m:size><!-- note --></entry>
  <empty/>
  <text>a <i>b</i> c &#233;</text>
</feed>`

export const first = () => new XMLParser().parse("<a><b>1</b></a>")

export default function () {
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "@", commentPropName: "#comment", htmlEntities: true, isArray: name => name === "title" })
    const parsed = parser.parse(FEED)
    const ordered = new XMLParser({ preserveOrder: true, trimValues: false }).parse("<a>x<b/>y<b>z</b></a>")
    const build = { ignoreAttributes: false, attributeNamePrefix: "@", format: true, suppressEmptyNode: true, cdataPropName: "#cdata" }
    return {
        parsed,
        ordered,
        built: new XMLBuilder(build).build({ r: { "@a": "<1>", e: ["x & y", { "#cdata": "<raw>" }], none: "" } }).split("\n"),
        back: new XMLBuilder({ preserveOrder: true }).build(ordered),
        isValid: XMLValidator.validate(FEED),
        errors: ["<a><b></a>", '<a x="1" x="2"/>', "<a"].map(text => XMLValidator.validate(text).err),
    }
}
