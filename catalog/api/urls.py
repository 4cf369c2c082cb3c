from rest_framework.routers import SimpleRouter

from catalog.api.views import EditionViewSet, EssentialMedicineViewSet, ProductViewSet, ProvincialAdditionViewSet

router = SimpleRouter()
router.register("essential-medicines", EssentialMedicineViewSet, basename="essential-medicine")
router.register("editions", EditionViewSet, basename="edition")
router.register("provincial-additions", ProvincialAdditionViewSet, basename="provincial-addition")
router.register("products", ProductViewSet, basename="product")
urlpatterns = router.urls
