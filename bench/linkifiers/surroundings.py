"""What stands beside a link in chat, mail and Markdown: each a template for the link."""

SURROUNDINGS = {
    "alone": "{}",
    "an empty line before and behind": "Hello,\n\n{}\n\nRegards",
    "a blank before and behind": "Open {} today",
    "リンクは … です": "リンクは{}です",
    "… を開いてください": "{}を開いてください",
    "「 … 」": "「{}」を開く",
    "… 。": "リンクは {}。",
    "… 、": "{}、パスコードは別に",
    "** … **": "**{}**",
    "_ … _": "_{}_",
    "< … >": "<{}>",
    "( … )": "({})",
    "[ … ]": "[{}]",
    '" … "': '"{}"',
    "… .": "Your link is {}.",
    "… ,": "{}, yours alone",
    "… :": "{}: yours",
    "… ?": "Does {}?",
    "… !": "{}!",
    "[open]( … )": "[open]({})",
}
