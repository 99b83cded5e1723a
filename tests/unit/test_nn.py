"""The blocks of learned models: what counts, what does not, and the decoder token by token."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from symnum import ShapeError
from symnum._neural.decoding import beam, sample
from symnum.coders import SetEncoder, TokenDecoder, TokenEncoder
from symnum.nn import Attention, Block, Cache, Width
from symnum.tokens import Grammar, Vocabulary, number_codes

WIDTH = Width(16, 2)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def slow_attention(attention: Attention, x: torch.Tensor, *, causal: bool) -> torch.Tensor:
    """Head by head, from its definition."""
    k, v = attention.key_value(x).chunk(2, -1)
    q, d = attention.query(x), x.shape[-1] // attention.n_heads
    heads = []
    for h in range(attention.n_heads):
        part = slice(h * d, (h + 1) * d)
        weights = q[..., part] @ k[..., part].transpose(1, 2) / d**0.5
        if causal:
            later = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
            weights = weights.masked_fill(later, -torch.inf)
        heads.append(weights.softmax(-1) @ v[..., part])
    return attention.out(torch.cat(heads, -1))


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_that_of_its_definition(causal: bool) -> None:
    attention, x = Attention(WIDTH), torch.randn(2, 5, 16)
    expected = slow_attention(attention, x, causal=causal)
    torch.testing.assert_close(attention(x, causal=causal), expected)


def test_masked_tokens_do_not_count() -> None:
    block, x, memory = Block(WIDTH, reads=True), torch.randn(1, 3, 16), torch.randn(1, 4, 16)
    mask = torch.tensor([[True, True, False, False]])
    masked = block(x, memory, memory_mask=mask)
    torch.testing.assert_close(masked, block(x, memory[:, :2]))
    encoder, tokens = TokenEncoder(9, 8, 2, WIDTH), torch.tensor([[1, 4, 0]])
    there = encoder(tokens, tokens != 0)[:, :2]
    torch.testing.assert_close(there, encoder(tokens[:, :2]))


def test_order_of_points_does_not_count() -> None:
    x = np.random.default_rng(0).normal(size=(2, 12, 3))
    encoder = SetEncoder(3, 4, 2, WIDTH, d_number=4)
    order = np.random.default_rng(1).permutation(12)
    plain, mixed = (
        encoder(torch.from_numpy(number_codes(v)), torch.from_numpy(v).float())
        for v in (x, x[:, order])
    )
    torch.testing.assert_close(plain, mixed, rtol=1e-4, atol=1e-5)


def test_decoder_token_by_token_is_the_whole_one() -> None:
    decoder = TokenDecoder(11, 10, 2, WIDTH)
    tokens, memory = torch.randint(0, 11, (3, 10)), torch.randn(3, 5, 16)
    cache = Cache()
    parts = [decoder(tokens[:, :4], memory, cache=cache)]
    parts += [decoder(tokens[:, k : k + 1], memory, cache=cache) for k in range(4, 10)]
    whole = decoder(tokens, memory)
    torch.testing.assert_close(torch.cat(parts, 1), whole, rtol=1e-4, atol=1e-5)


def test_decoder_does_not_see_what_is_to_come() -> None:
    decoder, memory = TokenDecoder(11, 10, 2, WIDTH), torch.randn(1, 5, 16)
    tokens = torch.randint(0, 11, (1, 8))
    other = tokens.clone()
    other[:, 5:] = 3
    torch.testing.assert_close(decoder(tokens, memory)[:, :5], decoder(other, memory)[:, :5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Width(10, 3), "d_model is 10 with n_heads 3"),
        (lambda: TokenEncoder(9, 4, 1, WIDTH)(torch.zeros(1, 5).long()), "has 5 tokens, expected"),
    ],
)
def test_wrong_size_is_named(call: object, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        call()


def test_more_than_one_token_after_the_first_is_refused() -> None:
    decoder, cache = TokenDecoder(11, 10, 1, WIDTH), Cache()
    decoder(torch.zeros(1, 2).long(), torch.randn(1, 5, 16), cache=cache)
    with pytest.raises(ShapeError, match="2 tokens after 2"):
        decoder(torch.zeros(1, 2).long(), torch.randn(1, 5, 16), cache=cache)


VOCABULARY = Vocabulary(("x0", "x1"), numbers=False)
GRAMMAR = Grammar(VOCABULARY, max_length=6, variables=["x0"], placeholder=True)


def log_probability(decoder: TokenDecoder, memory: torch.Tensor, tokens: np.ndarray) -> float:
    """Of a sequence, token by token, without cache."""
    state, total = GRAMMAR.begin(1), 0.0
    row = [1, *tokens.tolist()]
    for k, token in enumerate(tokens):
        logits = decoder(torch.tensor([row[: k + 1]]), memory)[0, -1].double()
        logits = logits.masked_fill(~torch.from_numpy(GRAMMAR.allowed(state)[0]), -torch.inf)
        total += float(logits.detach().log_softmax(-1)[token])
        state = GRAMMAR.advance(state, np.array([token]))
    return total


@pytest.mark.parametrize("how", ["beam", "sample"])
def test_written_sequences_are_formulas_with_their_probabilities(how: str) -> None:
    decoder, memory = TokenDecoder(len(VOCABULARY), 8, 2, WIDTH).eval(), torch.randn(1, 5, 16)
    rng = np.random.default_rng(0)
    found = (
        beam(decoder, memory, GRAMMAR, 12)
        if how == "beam"
        else sample(decoder, memory, GRAMMAR, 40, rng=rng)
    )
    assert len(found) > 5
    assert len({w.tokens.tobytes() for w in found}) == len(found)
    scores = [w.log_probability for w in found]
    assert scores == sorted(scores, reverse=True)
    for written in found:
        assert len(VOCABULARY.decode(written.tokens)) == 1
        assert VOCABULARY.words.index("x1") not in written.tokens
        expected = log_probability(decoder, memory, written.tokens)
        assert written.log_probability == pytest.approx(expected, abs=1e-4)


def test_wide_beam_finds_the_likeliest_of_all() -> None:
    decoder, memory = TokenDecoder(len(VOCABULARY), 8, 1, WIDTH).eval(), torch.randn(1, 5, 16)
    wide = beam(decoder, memory, GRAMMAR, 5000)
    total = np.exp([w.log_probability for w in wide]).sum()
    assert total <= 1.0 + 1e-9
    narrow = beam(decoder, memory, GRAMMAR, 50)
    assert wide[0].log_probability >= narrow[0].log_probability - 1e-6
