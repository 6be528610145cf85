using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>One forward pass over all active sequences, in buffers that are used again.</summary>
/// <param name="engine">Computes.</param>
/// <param name="tokensPerPass">The most prompt tokens of a pass.</param>
internal sealed class ForwardStep(IInferenceEngine engine, int tokensPerPass)
{
    private readonly List<TokenDraw> _draws = [];
    private SequenceChunk[] _chunks = [];
    private float[] _logits = [];
    private DrawnToken[] _tokens = [];
    private int _count;
    private int _rows;

    /// <summary>Collects what is next of each sequence.</summary>
    /// <returns>How many prompt tokens that is.</returns>
    public int Collect(List<ActiveSequence> active)
    {
        if (_chunks.Length < active.Count) _chunks = new SequenceChunk[active.Count * 2];
        (_count, _rows) = (0, 0);
        var (budget, prompt) = (tokensPerPass, 0);
        foreach (var sequence in active)
        {
            if (!sequence.TryNext(ref budget, out var chunk)) continue;
            _chunks[_count++] = chunk;
            _rows += chunk.LogitRows;
            if (sequence.IsPrefilling) prompt += chunk.Count;
        }

        return prompt;
    }

    /// <summary>Computes what was collected; those that a token is drawn for have logits afterwards, in their order.</summary>
    public void Run(List<ActiveSequence> active)
    {
        var size = _rows * engine.VocabularySize;
        if (_logits.Length < size) _logits = new float[size];
        _draws.Clear();
        var row = 0;
        foreach (var sequence in active)
        {
            if (sequence is not { IsComputed: true, LogitRows: > 0 }) continue;
            sequence.AddDraws(_draws, row);
            row += sequence.LogitRows;
        }

        if (_tokens.Length < _draws.Count) _tokens = new DrawnToken[_draws.Count * 2];
        engine.Forward(_chunks.AsSpan(0, _count), CollectionsMarshal.AsSpan(_draws), _tokens.AsSpan(0, _draws.Count), _logits.AsSpan(0, size));
    }

    /// <summary>The logits of some positions, one behind the other.</summary>
    public Span<float> LogitsOf(int row, int rows) => _logits.AsSpan(row * engine.VocabularySize, rows * engine.VocabularySize);

    /// <summary>The tokens that the engine drew from the logits of a row, in the order of their draws; none if it left that to the scheduler.</summary>
    /// <param name="row">The row; rows are asked for in ascending order.</param>
    /// <param name="draw">The first draw that was not handed out yet; 0 at first.</param>
    public ReadOnlySpan<DrawnToken> DrawnOf(int row, ref int draw)
    {
        var first = draw;
        while (draw < _draws.Count && _draws[draw].Row == row) draw++;
        return _tokens.AsSpan(first, draw - first);
    }
}
