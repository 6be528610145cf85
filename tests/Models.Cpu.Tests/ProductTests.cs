namespace AgentTeams.Tests;

/// <summary>Whole matrix products: a row gets what it gets alone, and gradients are sums over all rows, whatever the shape.</summary>
public sealed unsafe class ProductTests
{
    [Theory]
    [InlineData(2, 48)]
    [InlineData(11, 48)]
    [InlineData(16, 48)]
    [InlineData(31, 48)]
    [InlineData(133, 130)]
    [InlineData(200, 500)]
    [InlineData(140, 1024)]
    [InlineData(35, 2048)]
    [InlineData(2, 48, WeightFormat.BFloat16)]
    [InlineData(200, 500, WeightFormat.BFloat16)]
    [InlineData(2, 40, WeightFormat.Q8)]
    [InlineData(133, 130, WeightFormat.Q8)]
    [InlineData(140, 1024, WeightFormat.Q8)]
    public void Forward_ManyRows_EqualsOneRowAtATime(int rows, int inputs, WeightFormat format = WeightFormat.Stored)
    {
        const int outputs = 37;
        var (projection, x) = (Projection(outputs, inputs, out _, format), Filled(rows * inputs, 2));
        var together = new float[rows * outputs];
        var alone = new float[rows * outputs];
        fixed (float* all = together, each = alone)
        {
            projection.Forward(x.Pointer, all, rows, 0, outputs, add: false, samples: true);
            for (var row = 0; row < rows; row++) projection.Forward(x.Pointer + row * inputs, each + row * outputs, 1, 0, outputs, add: false, samples: true);
        }

        Assert.Equal(alone, together);
    }

    [Theory]
    [InlineData(3, 5, 7)]
    [InlineData(20, 37, 40)]
    [InlineData(257, 200, 48)]
    public void AccumulateGradient_AnyShape_EqualsTheSumOverRows(int rows, int outputs, int inputs)
    {
        var projection = Projection(outputs, inputs, out var parameters);
        parameters.EnsureTrainable();
        var (x, dy) = (Filled(rows * inputs, 3), Filled(rows * outputs, 4));

        projection.AccumulateGradient(dy.Pointer, x.Pointer, rows, 0, outputs, 0, inputs);

        var gradient = parameters.GradientSpan;
        for (var o = 0; o < outputs; o++)
        {
            for (var i = 0; i < inputs; i++)
            {
                var sum = 0.0;
                for (var row = 0; row < rows; row++) sum += (double)dy.Pointer[row * outputs + o] * x.Pointer[row * inputs + i];
                Assert.Equal(sum, gradient[o * inputs + i], 1e-5 * rows);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_WeightGradientsOfManyThreads_GiveTheBitsOfOne(int threads)
    {
        const int rows = 70, outputs = 400, inputs = 300;
        Assert.Equal(Gradients(1), Gradients(threads));

        float[] Gradients(int count)
        {
            using var pool = new WorkerPool(count);
            var projection = Projection(outputs, inputs, out var parameters);
            parameters.EnsureTrainable();
            var (x, dy) = (Filled(rows * inputs, 3), Filled(rows * outputs, 4));
            var gradients = new WeightGradients();
            gradients.Clear(rows);
            gradients.Add(projection, dy.Pointer, x.Pointer);
            gradients.Run(pool);
            Assert.DoesNotContain(0f, parameters.GradientSpan.ToArray());
            return parameters.GradientSpan.ToArray();
        }
    }

    private static FloatBuffer Filled(int count, int seed)
    {
        var (buffer, random) = (new FloatBuffer(), new Random(seed));
        buffer.Ensure(count);
        foreach (ref var value in buffer.Span) value = random.NextSingle() - 0.5f;
        return buffer;
    }

    private static Projection Projection(int outputs, int inputs, out ParameterSet parameters, WeightFormat format = WeightFormat.Stored)
    {
        parameters = new ParameterSet();
        var projection = new Projection(parameters, parameters.Add("w", outputs, inputs), sampled: format);
        parameters.Allocate();
        var random = new Random(1);
        foreach (ref var value in parameters.ValueSpan) value = random.NextSingle() - 0.5f;
        projection.PackSampled();
        return projection;
    }
}
