namespace AgentTeams.Models;

/// <summary>Adds the gradient of each row's embedding, in parts of columns: rows with the same id have one order.</summary>
internal sealed unsafe class EmbeddingGradient(DecoderWeights weights, Activations activations) : IParallelWork
{
    private const int ColumnsPerPart = 64;
    private nint _stream;
    private int _rows;

    public void Run(float* streamGradient, int rows, WorkerPool pool)
    {
        (_stream, _rows) = ((nint)streamGradient, rows);
        pool.Run(this, (weights.Config.HiddenSize + ColumnsPerPart - 1) / ColumnsPerPart);
    }

    public void Execute(int part)
    {
        nint width = weights.Config.HiddenSize;
        var first = part * ColumnsPerPart;
        var columns = Math.Min(ColumnsPerPart, (int)width - first);
        var scale = weights.Config.EmbeddingScale;
        for (var row = 0; row < _rows; row++)
        {
            // The last to read the stream's gradient may change it.
            if (scale != 1) Elementwise.Scale((float*)_stream + row * width + first, scale, columns);
            Elementwise.Add(weights.EmbeddingGradient + activations.Ids[row] * width + first, (float*)_stream + row * width + first, columns);
        }
    }
}
