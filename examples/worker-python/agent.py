"""An agent that counts words. Start it with HUMANOS_URL and HUMANOS_TOKEN set: python3 agent.py"""

from humanos import Failed, Worker


def count(task):
    text = task.input.get("text")
    if not isinstance(text, str):
        raise Failed("the input has no text", code="text_missing", retryable=False)
    words = text.split()
    task.progress(0.5, f"{len(words)} words to look at")
    return {"words": len(words), "distinct": len({word.lower() for word in words})}


if __name__ == "__main__":
    Worker("word counter", ["word_count"], count).run()
