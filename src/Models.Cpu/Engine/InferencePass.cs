namespace AgentTeams.Models;

/// <summary>The forward pass of sequences that are sampled with the same of the model's own weights; adapters may differ.</summary>
/// <param name="weights">The weights.</param>
/// <param name="rotary">Rotations of positions.</param>
/// <param name="activations">Buffers, which passes of other weights use too.</param>
/// <param name="pool">Computes.</param>
internal sealed unsafe class InferencePass(DecoderWeights weights, RotaryTables rotary, Activations activations, WorkerPool pool)
{
    private readonly ForwardPass _forward = new(weights, rotary, activations, samples: true);
    private readonly OutputHead _head = new(weights, samples: true);
    private readonly HeadDraws _draws = new();
    private readonly int _vocabulary = weights.Config.VocabularySize;
    private readonly int _width = weights.Config.HiddenSize;

    /// <summary>Appends to the sequences of these weights; others are passed over, with their draws and the room for their logits.</summary>
    public void Run(ReadOnlySpan<SequenceChunk> chunks, ReadOnlySpan<TokenDraw> draws, Span<DrawnToken> tokens, Span<float> logits)
    {
        _forward.Clear();
        foreach (var chunk in chunks)
        {
            if (chunk.Count > 0 && Own(chunk) is { } sequence) _forward.Add(sequence.Addresses, sequence.Length, chunk.Count, sequence.Adapter);
        }

        if (_forward.Rows > 0)
        {
            _forward.Prepare(pool.Threads);
            FillIn(chunks);
            _forward.Run(pool);
        }

        SelectRows(chunks);
        _head.Run(pool);
        Deliver(chunks, draws, tokens, logits);
    }

    private PagedSequence? Own(in SequenceChunk chunk)
    {
        var sequence = (PagedSequence)chunk.Sequence;
        return CpuInferenceEngine.BelowOf(sequence) == weights ? sequence : null;
    }

    private void FillIn(ReadOnlySpan<SequenceChunk> chunks)
    {
        var row = 0;
        foreach (var chunk in chunks)
        {
            if (Own(chunk) is not { } sequence) continue;
            for (var i = 0; i < chunk.Count; i++, row++)
                (activations.Ids[row], activations.Positions[row]) = (CheckedId(chunk.Tokens[chunk.Start + i]), sequence.Length + i);
            sequence.Length += chunk.Count;
        }
    }

    private void SelectRows(ReadOnlySpan<SequenceChunk> chunks)
    {
        var wanted = 0;
        foreach (var chunk in chunks) wanted += chunk.LogitRows;
        _head.Clear(wanted);
        var row = 0;
        foreach (var chunk in chunks)
        {
            if (Own(chunk) is not { } sequence) continue;
            row += chunk.Count;
            if (chunk.Count > 0) Hidden(row - 1).CopyTo(sequence.Hidden);
            for (var back = chunk.LogitRows; back > 1; back--) _head.Select(Hidden(row - back));
            if (chunk.LogitRows > 0) _head.Select(sequence.Hidden);
        }
    }

    // Logits that a token is drawn from stay where they are.
    private void Deliver(ReadOnlySpan<SequenceChunk> chunks, ReadOnlySpan<TokenDraw> draws, Span<DrawnToken> tokens, Span<float> logits)
    {
        _draws.Clear();
        var (from, to, draw) = (0, 0, 0);
        foreach (var chunk in chunks)
        {
            var isOwn = Own(chunk) is not null;
            for (var end = to + chunk.LogitRows; to < end; to++)
            {
                var first = draw;
                for (; draw < draws.Length && draws[draw].Row == to; draw++)
                {
                    if (isOwn) _draws.Add(from, draws[draw], draw);
                }

                if (!isOwn) continue;
                if (draw == first) _head.Logits(from).CopyTo(logits[(to * _vocabulary)..]);
                from++;
            }
        }

        _draws.Run(pool, _head, tokens);
    }

    private Span<float> Hidden(int row) => new(activations.Hidden.Pointer + (nint)row * _width, _width);

    private int CheckedId(int id) => (uint)id < (uint)_vocabulary
        ? id
        : throw new AgentTeamsException($"The id {id} is outside the model's vocabulary of {_vocabulary}. The tokenizer does not belong to this model.");
}
