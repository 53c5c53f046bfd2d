"""What the functions of speech may do. Translate and Polly act on no resource, only on the request."""

from chalicelib.core.rights import (
    act,
    api_may,
    delete,
    delete_files,
    environment,
    eraser_may,
    export_may,
    follow,
    get,
    get_files,
    give_up,
    keep_found,
    list_files,
    may,
    publish,
    put,
    put_files,
    query,
    tell_notices,
    update,
)
from chalicelib.live.rights import push_to_persons

api_may(query("speech"), get("speech"), put("speech"), update("speech"), delete("speech"), get_files("speech/*"))
may(
    "tell_speech",
    follow("speech"),
    get("speech"),
    update("speech"),
    publish("new-speech"),
    list_files("speech"),
    delete_files("speech/*"),
    push_to_persons(),
    tell_notices(),
    seconds=300,
)
may(
    "make_speech",
    give_up(),
    get("speech"),
    update("speech"),
    act("translate:TranslateText", "*"),
    act("comprehend:DetectDominantLanguage", "*"),
    act("polly:SynthesizeSpeech", "*"),
    list_files("speech"),
    get_files("speech/*"),
    put_files("speech/*"),
    delete_files("speech/*"),
    seconds=900,
    at_once=5,
)
may("resume_speech", query("speech/by-due"), update("speech"), publish("new-speech"), seconds=60)
may("index_speech", follow("speech"), get("speech"), keep_found(), seconds=300)
export_may(query("speech"), list_files("speech"), get_files("speech/*"))
eraser_may(query("speech"), delete("speech"), list_files("speech"), delete_files("speech/*"))
environment(SPEECH_A_DAY="{SpeechADay}", SPEECH_A_DAY_FOR_ALL="{SpeechADayForAll}", TRANSLATIONS="{Translations}")
