"""Hold texts in many scripts and lengths that check a runtime against the reference.

`probe_vectors.npy` holds their vectors by sentence-transformers, one row a text. After a change of
the texts, write it with `python -m benchmarks.probe`; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from recommender.encoders.base import PromptRole

VECTORS = Path(__file__).with_name("probe_vectors.npy")

SENTENCES = (
    "The town council will repair the old bridge before winter.",
    "De gemeenteraad laat de oude brug nog voor de winter herstellen.",
    "Der Stadtrat lässt die alte Brücke noch vor dem Winter reparieren.",
    "Le conseil municipal fera réparer le vieux pont avant l'hiver.",
    "El ayuntamiento reparará el viejo puente antes del invierno.",
    "A câmara municipal vai reparar a ponte velha antes do inverno.",
    "Il consiglio comunale riparerà il vecchio ponte prima dell'inverno.",
    "Consiliul local va repara podul vechi înainte de iarnă.",
    "Kommunen reparerar den gamla bron före vintern.",
    "Byrådet reparerer den gamle bro inden vinteren.",
    "Kaupunginvaltuusto korjaa vanhan sillan ennen talvea.",
    "Linnavolikogu parandab vana silla enne talve.",
    "A városi tanács még a tél előtt megjavíttatja a régi hidat.",
    "Rada miasta naprawi stary most przed zimą.",
    "Městská rada opraví starý most před zimou.",
    "Gradsko vijeće popravit će stari most prije zime.",
    "Miesto taryba suremontuos seną tiltą iki žiemos.",
    "Pilsētas dome salabos veco tiltu pirms ziemas.",
    "Городской совет отремонтирует старый мост до зимы.",
    "Міська рада відремонтує старий міст до зими.",
    "Градският съвет ще ремонтира стария мост преди зимата.",
    "Το δημοτικό συμβούλιο θα επισκευάσει την παλιά γέφυρα πριν από τον χειμώνα.",
    "Belediye meclisi eski köprüyü kıştan önce onaracak.",
    "Şəhər şurası köhnə körpünü qışa qədər təmir edəcək.",
    "Қалалық кеңес ескі көпірді қысқа дейін жөндейді.",
    "სარემონტო სამუშაოები ძველ ხიდზე ზამთრამდე დასრულდება.",
    "Քաղաքային խորհուրդը կվերանորոգի հին կամուրջը մինչև ձմեռ։",
    "מועצת העיר תתקן את הגשר הישן לפני החורף.",
    "سيقوم مجلس المدينة بإصلاح الجسر القديم قبل الشتاء.",
    "شورای شهر پل قدیمی را پیش از زمستان تعمیر می‌کند.",
    "شہر کی کونسل سردیوں سے پہلے پرانے پل کی مرمت کرے گی۔",
    "नगर परिषद सर्दियों से पहले पुराने पुल की मरम्मत करेगी।",
    "শীতের আগে নগর পরিষদ পুরোনো সেতুটি মেরামত করবে।",
    "ਸ਼ਹਿਰ ਦੀ ਕੌਂਸਲ ਸਰਦੀਆਂ ਤੋਂ ਪਹਿਲਾਂ ਪੁਰਾਣੇ ਪੁਲ ਦੀ ਮੁਰੰਮਤ ਕਰੇਗੀ।",
    "நகர சபை குளிர்காலத்திற்கு முன் பழைய பாலத்தை சரிசெய்யும்.",
    "నగర మండలి శీతాకాలానికి ముందు పాత వంతెనను బాగు చేస్తుంది.",
    "ನಗರ ಸಭೆಯು ಚಳಿಗಾಲದ ಮೊದಲು ಹಳೆಯ ಸೇತುವೆಯನ್ನು ದುರಸ್ತಿ ಮಾಡಲಿದೆ.",
    "നഗരസഭ ശൈത്യകാലത്തിനു മുമ്പ് പഴയ പാലം നന്നാക്കും.",
    "สภาเมืองจะซ่อมสะพานเก่าก่อนฤดูหนาว",
    "ສະພາເມືອງຈະສ້ອມແປງຂົວເກົ່າກ່ອນລະດູໜາວ",
    "မြို့တော်ကောင်စီသည် ဆောင်းရာသီမတိုင်မီ တံတားဟောင်းကို ပြင်ဆင်မည်။",
    "Hội đồng thành phố sẽ sửa cây cầu cũ trước mùa đông.",
    "Dewan kota akan memperbaiki jembatan tua sebelum musim dingin.",
    "Aayusin ng konseho ng lungsod ang lumang tulay bago magtaglamig.",
    "Baraza la mji litakarabati daraja la zamani kabla ya majira ya baridi.",
    "የከተማው ምክር ቤት ከክረምት በፊት አሮጌውን ድልድይ ይጠግናል።",
    "市议会将在冬天之前修好这座旧桥。",
    "市議會將在冬天之前修好這座舊橋。",
    "市議会は冬の前に古い橋を修理する予定です。",
    "시의회는 겨울이 오기 전에 낡은 다리를 수리할 것이다.",
)
AWKWARD = (
    "",
    " ",
    "a",
    "?",
    "1",
    "中",
    "\u2028",
    "bridge",
    "0 " * 120,
    "ok " * 100,
    "x" * 200,
    "\ufdfa" * 12,
    "👩‍👩‍👧‍👦🏳️‍🌈🇳🇱" * 4,
    "\u202e\u200fعربي\u202c abc שלום",
    "$$$ ### @@@ !!! ***",
    "https://example.org/news/2024/05/17?id=1&page=2#top",
    "ISO-8859-1, RFC 2119, x86-64, 3.14159, 1.000.000,00 EUR",
    "cre\u0300me bru\u0302le\u0301e, e" + "\u0301" * 20,
    "a\x00b\x1b[31mc \ufffd",
    "GEMEENTERAAD HERSTELT BRUG",
)


def probe() -> list[tuple[PromptRole, str]]:
    """Return the texts, each with its role, from no token to almost the limit."""
    texts: list[tuple[PromptRole, str]] = [("passage", text) for text in (*SENTENCES, *AWKWARD)]
    texts += [("query", text) for text in (*SENTENCES[::5], *AWKWARD[:8])]
    texts += [("passage", " ".join(SENTENCES[at : at + 4])) for at in range(0, 48, 16)]
    texts.append(("passage", " ".join(SENTENCES[20:30])))
    texts.append(("passage", " ".join(SENTENCES[:32])))
    return texts


def reference_vectors() -> npt.NDArray[np.float32]:
    """Return the unit vectors of the texts by sentence-transformers, float32 (texts, dim)."""
    vectors: npt.NDArray[np.float32] = np.load(VECTORS).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
