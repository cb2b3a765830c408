import * as babel from "prettier/plugins/babel"
import * as estree from "prettier/plugins/estree"
import * as css from "prettier/plugins/postcss"
import * as markdown from "prettier/plugins/markdown"
import { check, format } from "prettier/standalone"

const PROGRAM = `const longFunctionName=async({first,second:{third}},...rest)=>{if(first)return await Promise.all(rest.map(x=>x?.y??third))
else{throw new Error('no "first"')}}
/* kept */ export default longFunctionName`

export const first = () => format("a  =  1", { parser: "babel", plugins: [babel, estree] })

export default async function () {
    const options = { parser: "babel", plugins: [babel, estree], semi: false }
    const formatted = await format(PROGRAM, options)
    const error = await format("let = = 1", options).catch(({ message, loc }) => [message.split("\n")[0], loc.start])
    const sheet = await format("a{color:RED;b:c}@media (max-width:100px){a{color:blue}}", { parser: "css", plugins: [css] })
    const text = await format("* a\n* b\n\n|x|y|\n|-|-|\n|longer|z|", { parser: "markdown", plugins: [markdown] })
    return {
        formatted: formatted.split("\n"),
        isStable: await check(formatted, options),
        error,
        sheet: sheet.split("\n"),
        text: text.split("\n"),
    }
}
