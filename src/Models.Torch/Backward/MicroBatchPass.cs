namespace AgentTeams.Models.Torch;

/// <summary>One micro-batch through the model and back. Disposing it releases all tensors on the way.</summary>
internal sealed class MicroBatchPass : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Decoder _decoder;
    private readonly DecoderWeights _weights;
    private readonly EngineParts _parts;
    private readonly MicroBatch _batch;
    private readonly RowConstraints _constraints;
    private readonly DecoderPass _pass;
    private Tensor _output = null!;
    private Tensor _normed = null!;
    private Tensor _leaf = null!;
    private TokenScorer _scorer = null!;

    public MicroBatchPass(Decoder decoder, DecoderWeights weights, EngineParts parts, bool checkpointing, MicroBatch batch, RowConstraints constraints)
    {
        (_decoder, _weights, _parts, _batch, _constraints) = (decoder, weights, parts, batch, constraints);
        _pass = new DecoderPass(decoder, parts.Adapter, checkpointing);
    }

    /// <summary>The scores of each row.</summary>
    public List<TokenScores> Forward()
    {
        var (ids, selected) = Layout();
        var hidden = _pass.Forward(ids, arange(_batch.Width, device: _weights.Device).view(1, -1));
        var recording = is_grad_enabled();
        // The graph is cut behind the layers and before the output head, so that each part goes back by itself.
        _output = recording ? hidden.detach().requires_grad_() : hidden;
        _normed = _decoder.Normalize(_output.view(-1, _weights.Config.HiddenSize).index_select(0, selected));
        _leaf = recording ? _normed.detach().requires_grad_() : _normed;
        _scorer = new TokenScorer(_decoder, _parts.ValueHead, _leaf, _batch.Rows, _constraints, _weights.Config.VocabularySize);
        var (logProbs, entropies, values) = _scorer.Score();
        var scores = new List<TokenScores>(_batch.Rows.Count);
        var at = 0;
        foreach (var row in _batch.Rows)
        {
            var part = at..(at += row.CompletionIds.Length);
            scores.Add(new TokenScores(logProbs[part], entropies[part], values.Length == 0 ? [] : values[part]));
        }

        return scores;
    }

    /// <summary>Adds the gradients of the weights.</summary>
    public void Backward(List<TokenGradient> gradients)
    {
        _scorer.Backward([.. gradients.SelectMany(g => g.LogProbs)], [.. gradients.SelectMany(g => g.Entropies)], [.. gradients.SelectMany(g => g.Values)]);
        autograd.backward(_normed, Taken(_leaf));
        _pass.Backward(Taken(_output));
    }

    public void Dispose() => _scope.Dispose();

    private static Tensor Taken(Tensor leaf)
    {
        var gradient = leaf.grad!;
        leaf.grad = null;
        return gradient;
    }

    // Ids [rows, width], padded on the right, and where the hidden states lie that completion tokens are predicted from.
    private (Tensor Ids, Tensor Selected) Layout()
    {
        var ids = new long[_batch.Tokens];
        var selected = new List<long>();
        for (var r = 0; r < _batch.Rows.Count; r++)
        {
            var row = _batch.Rows[r];
            for (var i = 0; i < MicroBatch.LengthOf(row); i++)
                ids[r * _batch.Width + i] = i < row.PromptIds.Length ? row.PromptIds[i] : row.CompletionIds[i - row.PromptIds.Length];
            for (var t = 0; t < row.CompletionIds.Length; t++) selected.Add((long)r * _batch.Width + row.PromptIds.Length - 1 + t);
        }

        return (TensorData.Integers(ids, _weights.Device).view(_batch.Rows.Count, _batch.Width), TensorData.Integers([.. selected], _weights.Device));
    }
}
